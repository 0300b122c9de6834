# The public names, as type checkers see them. At run time `__init__.py` imports each when it is first used.

from .blender.host.handlers import HandlerStream as HandlerStream
from .blender.host.handlers import handler as handler
from .blender.host.handlers import handler_stream as handler_stream
from .blender.host.in_context import in_context as in_context
from .blender.host.script_progress import progress as progress
from .blender.host.scripts import run as run
from .blender.host.tasks import create_task as create_task
from .blender.host.threads import call_in_main_thread as call_in_main_thread
from .blender.host.threads import get_loop as get_loop
from .blender.jobs.cancel import job_done as job_done
from .blender.jobs.queue import queue as queue
from .blender.kinds.animation import render_animation as render_animation
from .blender.kinds.animation import render_frames as render_frames
from .blender.kinds.baking import bake as bake
from .blender.kinds.baking import bake_physics as bake_physics
from .blender.kinds.encode import encode as encode
from .blender.kinds.open_file import open_file as open_file
from .blender.kinds.sound import mixdown as mixdown
from .blender.kinds.still import render_still as render_still
from .blender.kinds.viewport import render_viewport as render_viewport
from .blender.operators.async_operator import AsyncOperator as AsyncOperator
from .blender.operators.call import operator as operator
from .blender.settings.scenes import segments as segments
from .pool.pool import BlenderPool as BlenderPool
from .pool.worker_info import WorkerInfo as WorkerInfo
from .render.activity import Activity as Activity
from .render.activity import State as State
from .render.errors import OperatorError as OperatorError
from .render.errors import OutputError as OutputError
from .render.errors import RenderCancelled as RenderCancelled
from .render.errors import RenderError as RenderError
from .render.errors import WorkerError as WorkerError
from .render.progress import Frame as Frame
from .render.progress import Progress as Progress
from .render.result import OperatorResult as OperatorResult
from .render.result import Pixels as Pixels
from .render.result import RenderResult as RenderResult
from .render.result import StillResult as StillResult
from .render.result import StillWithPixels as StillWithPixels
from .render.segments import Segment as Segment
from .render.setting_fields import SettingsFields as SettingsFields
from .render.setting_fields import StillFields as StillFields
from .render.settings import RenderSettings as RenderSettings
from .render.written_frames import Frames as Frames

__version__: str
