"""When the output of a program is right: one file per rule, each named as the rule is."""
