assay grade samples.jsonl --problems tasks.jsonl --out graded
assay serve-grader --port 8765 --workers 2
python rewards_of_batch.py
