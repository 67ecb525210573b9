#!/usr/bin/env bash
# csvsort, csvjson and csvjoin of csvkit change the answers in a file: "t" becomes True, "3 minutes" 0:03:00, "50%" 50, "1,000" 1000, 010 10 and "N/A" nothing.
# Expected: sorting a CSV file moves its rows, and every cell stays the text that it was.
# Happens: each column is tried as a number, a truth value, a span of time and a date before it is text, and written back in that type's own form. A column
# of model answers that all fit one of them is rewritten without a word, and an exact match with the rows before fails. With -I the words N/A, none and null still become nothing; with -I --blanks all stays.
# Version: csvkit 2.2.0, agate 1.14.2. Source: csvkit/cli.py (get_column_types) and agate/data_types.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2
cd "$folder"
cat > answers.csv <<'CSV'
task,sample,truth,span,share,count
b,010,t,3 minutes,50%,"1,000"
a,002,f,5 hours,10%,N/A
CSV
venv/bin/csvsort --version
venv/bin/csvsort -c task answers.csv | tee inferred
venv/bin/csvsort -I -c task answers.csv | tee text
venv/bin/csvsort -I --blanks -c task answers.csv | tee kept
diff inferred - <<'CSV' || { echo changed; exit 1; }
task,sample,truth,span,share,count
a,2,False,5:00:00,10,
b,10,True,0:03:00,50,1000
CSV
diff text - <<'CSV' || { echo changed; exit 1; }
task,sample,truth,span,share,count
a,002,f,5 hours,10%,
b,010,t,3 minutes,50%,"1,000"
CSV
diff kept - <<'CSV' || { echo changed; exit 1; }
task,sample,truth,span,share,count
a,002,f,5 hours,10%,N/A
b,010,t,3 minutes,50%,"1,000"
CSV
