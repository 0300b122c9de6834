"""Files on disk, before and after a render: folders, formats, integrity, resume. Start in `integrity.py`."""
