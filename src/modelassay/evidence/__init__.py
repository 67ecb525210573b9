"""Documents → facts and claims. Reports what is written, never interprets."""
