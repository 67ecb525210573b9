"""Commands, arguments, exit codes. The only package that prints."""
