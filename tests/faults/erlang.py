"""``rabbitmqctl eval`` over a line that is kept: to start it takes a part of a second each time."""

import subprocess
from collections.abc import Mapping

# Asks by the expression that comes in a line; the answer ends with a line that says what it was.
ASK = """
    Ask = fun Ask(Node) ->
        {{ok, Words, _}} = erl_scan:string(io:get_line("")),
        {{ok, Expressions}} = erl_parse:parse_exprs(Words),
        case rpc:call(Node, erl_eval, exprs, [Expressions, []], 30000) of
            {{value, Text, _}} -> io:format("~ts~ndone~n", [Text]);
            Problem -> io:format("~0p~nfailed~n", [Problem])
        end,
        Ask(Node)
    end,
    Ask('{node}').
"""


class Line:
    """To one node of Erlang, in its environment; used by one thread. Ends with this process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        node = environment["RABBITMQ_NODENAME"]
        words = [
            "erl",
            "-noshell",
            "-hidden",
            "-sname",
            f"{node.partition('@')[0]}-tests@localhost",
        ]
        alone = ["-dist_listen", "false"]  # it calls, and nobody calls it
        self._process = subprocess.Popen(
            [*words, *alone, "-eval", ASK.format(node=node)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, expressions: str) -> str:
        """Evaluates them on the node. Returns the text that is the value of the last one."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(" ".join(expressions.split()) + "\n")
        self._process.stdin.flush()
        lines: list[str] = []
        for line in self._process.stdout:
            if line in ("done\n", "failed\n"):
                assert line == "done\n", f"{expressions}: {lines}"
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"Erlang has ended: {lines}")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
