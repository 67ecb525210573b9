"""Documents → claims. Reports what is written, never interprets."""
