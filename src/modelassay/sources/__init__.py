"""The world → documents and problem sets. The only package, with the OpenAI backend, that may use the network."""
