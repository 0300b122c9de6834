"""Operators: `operator` awaits any of them, `AsyncOperator` is one whose work is a coroutine.

Start in `call.py` for operators of others, in `async_operator.py` for your own.
"""
