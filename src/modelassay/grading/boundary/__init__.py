"""What crosses between tests and untrusted code: values, their bytes, their messages."""
