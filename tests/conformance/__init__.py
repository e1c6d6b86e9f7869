"""Whole documents, case by case; `docs/rfc.md` says which clause is tested where."""
