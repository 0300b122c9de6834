"""Renders on many machines, by an engine that exists. `openjd.py` makes a render a job of Open Job Description."""
