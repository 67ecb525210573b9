"""The world → documents and problem sets. The only room, with the OpenAI backend, that may use the network."""
