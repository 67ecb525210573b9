"""The program in an answer: one small file per rule; extract.py applies them in order."""
