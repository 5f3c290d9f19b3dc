"""What the OpenAPI document says of notifications and of the WebSocket that brings them."""

DESCRIPTION = """\
What the user was told, newest first. With `after` it is what came after that `seq`, oldest first: a
program that remembers the last `seq` misses none and gets none twice. An administrator too sees
only their own. Power is in kW.

## At once, over a WebSocket

`GET /ws/notifications/?after=<seq>` on the same host is a WebSocket. A program opens it with the
header `Authorization: Token …` in the handshake, as for every request, and without an `Origin`.
Without `after` it begins with what is new; with it, everything after that `seq` comes first, in
order. Each message is a JSON object with a `type`; ignore types and fields that you don't know.

A peak (kW; ISO 8601 with an offset):

    {"type": "peak", "seq": 41, "sensor_id": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2",
     "sensor": "Main meter", "device_id": 7, "device": "Flat",
     "started_at": "2026-03-10T18:00:00+00:00", "ended_at": "2026-03-10T18:04:00+00:00",
     "power_kw": 5.2, "limit_kw": 4.0, "severity": "minor",
     "group": {"id": 9, "url": "/alerts/groups/9/", "is_older": false, "peak_count": 12,
               "started_at": "2026-03-10T06:10:00+00:00", "ended_at": "2026-03-10T18:04:00+00:00",
               "power_kw": 6.9, "limit_kw": 4.0, "severity": "moderate"},
     "is_read": false, "unread_count": 3}

`group` is what the inbox shows as one: a sensor's peaks of a day, or its older peaks (`is_older`:
they ended more than a day before their readings came) that came on one day. Where a group gets
peaks without an alert of their own, a message of the type `grown` has its `sensor_id`, its `group`
as above and a `change`, a number that goes up. Its times and powers are null where no peak of it
still holds.

Every 15 seconds, so that you notice a dead connection:

    {"type": "alive"}

To follow the power of up to 1,000 sensors, send this; each such message replaces the one before:

    {"type": "watch", "sensors": ["5c2494a3-1140-4c7a-991a-a1a2561c6bc2"]}

Then, whenever the newest reading of one of them has changed, or it was made active or inactive (kW
and kWh; `power_kw` may be null, and is while the sensor is inactive):

    {"type": "power", "sensor_id": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2",
     "at": "2026-03-10T12:00:00+00:00", "power_kw": 0.42, "energy_kwh": 1830.25,
     "is_active": true}

If the connection ends, wait some seconds, longer each time, and open another one with the last
`seq`. A handshake without a valid token is refused with 403. The server closes with 4400 after a
bad parameter, and with 4401 within a minute after the token was revoked or the user made inactive.
"""
