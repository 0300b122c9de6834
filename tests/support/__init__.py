"""Helpers of the tests, and scripts that measure the code."""
