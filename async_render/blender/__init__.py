"""The one place that knows how Blender behaves. Everything here runs on Blender's main thread, unless it says so."""
