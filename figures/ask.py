"""python -I -S figures/ask.py -m figures WORDS: the job, done by the server of `serve.py` where
there is one, else here. Nothing is imported that takes time.
"""

import json
import os
import socket
import sys


def ask(place: str, words: list[str]) -> int:
    """The exit status of the job."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)
        told = json.dumps([words, dict(os.environ)]).encode()
        sent = socket.send_fds(server, [told], [1, 2])
        server.sendall(told[sent:])
        server.shutdown(socket.SHUT_WR)
        answer = server.recv(1)
    return answer[0] if answer else 1  # without one it was killed


if __name__ == "__main__":
    place = os.environ.get("FIGURES_SERVER", "")
    if os.path.exists(place):
        sys.exit(ask(place, sys.argv[3:]))
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
