"""The blocks of a document: Markdown, HTML, tables, inline text."""
