"""The life cycle of an event: open, growing, peaking, fading, closed.

The pulse is the event's count in its window's length, now. A new height makes it grow,
holding near the height is peaking, half of it fading. It only goes back to growing on a
new height, so it does not flutter. Quiet for two days closes it.
"""

from trends.model import EventState

NEW_HEIGHT = 1.2
HALF = 0.5
QUIET_HOURS = 48


def next_state(state: EventState, pulse: float, height: float, *, quiet: bool) -> EventState:
    """The state after a bucket: `height` is the highest pulse before it."""
    if quiet:
        return EventState.CLOSED
    if pulse > height * NEW_HEIGHT:
        return EventState.GROWING
    if pulse <= height * HALF:
        return EventState.FADING
    if state is EventState.GROWING and pulse < height:
        return EventState.PEAKING
    return state
