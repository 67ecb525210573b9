"""What is to be done: the study file, its jobs, their problems, what they will take."""
