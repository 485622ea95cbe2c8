"""Families of instances, and what the theorems of several papers share."""
