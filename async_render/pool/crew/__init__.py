"""The workers of a pool together: who renders which frame, and what each call wants of them."""
