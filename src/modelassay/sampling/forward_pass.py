"""A model's forward pass, given only what its own signature takes."""

import inspect
from typing import Any, Final

# What a forward pass calls the cache, in the order in which it is looked for.
_CACHE_NAMES: Final = ("past_key_values", "cache_params", "state")


class Forward:
    """A model's forward pass, given only what it takes."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.takes = set(inspect.signature(model.forward).parameters)
        self.cache_name = next((name for name in _CACHE_NAMES if name in self.takes), None)

    def __call__(self, ids: Any, positions: Any, mask: Any | None, **more: Any) -> Any:
        """The model's output; its logits are of the last token where the model can leave out the others.

        ids, positions: (rows, tokens); mask: (rows, all tokens so far), 0 where a row is padded, or None.
        """
        optional = {"position_ids": positions, "logits_to_keep": 1}
        if mask is not None:
            optional["attention_mask"] = mask
        given = {name: value for name, value in optional.items() if name in self.takes}
        return self._model(input_ids=ids, **given, **more)
