"""Claims → verdicts against the evidence base. It never changes a claim."""

from modelassay.audit.auditor import audit_note

__all__ = ["audit_note"]
