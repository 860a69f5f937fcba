"""The broken streams whose threads or handlers do two things in the wrong order, and the rule that each breaks."""

BROKEN = {"O-06": "ORD-5", "O-07": "ORD-6", "O-17": "BLK-3", "O-18": "BLK-4", "O-40": "TRN-4", "O-43": "APP-1",
          "O-45": "CON-2", "T-1": "BLK-3", "T-2": "BLK-3", "T-3": "CLS-3", "T-4": "CAN-2", "T-5": "ORD-2",
          "T-6": "ORD-6", "T-7": "CON-1", "T-8": "BLK-3", "T-9": "BLK-4", "T-10": "CON-2"}


def delivery(name):
    """What `explored` is told besides: handlers are explored by async_next, threads by next."""
    return ["async_next"] if name in ("T-8", "T-9", "T-10", "CONTROL-A") else []
