"""The prepared buffers of the bare COPY."""

import struct

from bench.messages import Sent
from bench.raw import ROWS_A_COPY, copy_buffers

EPOCH_2000_US = 946_684_800_000_000


def test_a_buffer_is_a_binary_copy_of_its_rows() -> None:
    sent = [Sent(1, EPOCH_2000_US + 7, 0.25), Sent(0, EPOCH_2000_US, 4.0)]
    (buffer,) = copy_buffers(sent, sensor_ids=[70, 71])
    assert buffer.startswith(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
    assert struct.unpack(">hiqiqidhiqiqidh", buffer[19:]) == (
        *(3, 8, 71, 8, 7, 8, 0.25),
        *(3, 8, 70, 8, 0, 8, 4.0),
        -1,
    )


def test_each_buffer_holds_so_many_rows() -> None:
    sent = [Sent(0, EPOCH_2000_US + second, 1.0) for second in range(ROWS_A_COPY + 3)]
    full, rest = copy_buffers(sent, sensor_ids=[1])
    row_bytes = (len(full) - 21) // ROWS_A_COPY
    assert len(rest) == 21 + 3 * row_bytes
