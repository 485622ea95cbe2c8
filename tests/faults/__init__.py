"""`make faults`: what survives kills, full disks, damaged and hostile files, long runs, other
devices.

Every part tries many cases and counts: `passed` came out as promised, `lost` is work that was
saved and is not there any more, `unclear` a case that ended in anything but a result or one line.
"""
