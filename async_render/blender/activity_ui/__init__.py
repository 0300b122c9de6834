"""What the window shows of activities: their list and its buttons, and the entry in the status bar.

Start in `activity_list.py`.
"""
