"""The link against a real Mosquitto: births, outages, certificates, and what comes over it."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from pytest_mock import MockerFixture

from common.errors import MyDeskError
from telemetry import messages
from telemetry.link import LinkPace, MqttLink
from telemetry.link_faults import LinkError
from telemetry.messages import Status
from telemetry.outbox import boot_id
from telemetry.topics import HA_STATUS, Topics
from tests.mqtt_kit.broker import Broker
from tests.mqtt_kit.certificates import PAST, Identity, SiteCa
from tests.mqtt_kit.hub_double import HubDouble
from tests.telemetry.link_kit import SOON, make_link, running
from tests.waiting import until_async

ADA = Topics("room-ada")

SUBSCRIBED = "Sending SUBACK to room-ada"
"""In the log of the broker. What is published before that goes to nobody."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def unit(broker: Broker) -> Identity:
    return broker.ca.issue("room-ada")


@pytest.fixture
def link(broker: Broker, unit: Identity, tmp_path: Path) -> MqttLink:
    return make_link(broker, unit, tmp_path)


def statuses(hub: HubDouble) -> list[tuple[str, int]]:
    return [(found.s, found.n) for raw in hub.all_of(ADA.status) if (found := messages.decode(raw, Status))]


def test_a_birth_a_rebirth_after_sigkill_and_a_good_bye(broker: Broker, link: MqttLink) -> None:
    async def scenario() -> None:
        with HubDouble(broker) as hub:
            async with running(link):
                await until_async(lambda: statuses(hub) == [("online", 1)])
                broker.restart(kill=True)
                await until_async(lambda: ("online", 2) in statuses(hub))
            await until_async(lambda: statuses(hub)[-1] == ("offline", 2))
            assert "Received DISCONNECT from room-ada" in broker.log

    asyncio.run(scenario())


def test_the_birth_says_who_and_what_and_is_retained(broker: Broker, link: MqttLink) -> None:
    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: link.connected)
            with HubDouble(broker) as hub:
                status = messages.decode(await until_async(lambda: hub.latest(ADA.status) or b""), Status)
                assert (status.s, status.ver, status.role, status.n) == ("online", "1.4.0", "room", 1)
                assert status.boot == boot_id()
        assert all(f"room-ada 1 {filter_}" in broker.log for filter_ in ADA.subscriptions)

    asyncio.run(scenario())


def test_the_number_of_connects_goes_on_when_the_agent_restarts(broker: Broker, unit: Identity, tmp_path: Path) -> None:
    async def scenario() -> None:
        with HubDouble(broker) as hub:

            async def until_online(number: int) -> None:
                await until_async(lambda: ("online", number) in statuses(hub))

            for number in (1, 2, 3):
                async with running(make_link(broker, unit, tmp_path)):
                    await until_online(number)

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_will_after_a_cut_with_the_number_of_its_connect_unless_it_is_back_in_time(
    broker: Broker, unit: Identity, tmp_path: Path
) -> None:
    bob = make_link(broker, broker.ca.issue("room-bob"), tmp_path)
    ada = make_link(broker, unit, tmp_path, LinkPace(least_s=60, most_s=60))

    async def scenario() -> None:
        with HubDouble(broker) as hub:
            async with running(bob), running(ada):
                await until_async(lambda: statuses(hub) == [("online", 1)] and hub.all_of(Topics("room-bob").status))
                for link in (bob, ada):
                    assert link._connection is not None
                    link._connection.abort()
                await until_async(lambda: bob.state.connects == 2 and bob.connected)
                await until_async(lambda: statuses(hub) == [("online", 1), ("lost", 1)], 20)
                assert not [raw for raw in hub.all_of(Topics("room-bob").status) if b'"lost"' in raw]

    asyncio.run(scenario())


def test_what_is_retained_is_said_again_after_every_connect(broker: Broker, link: MqttLink) -> None:
    connects: list[int] = []
    link.at_connect(lambda: connects.append(link.state.connects))
    link.publish(ADA.twin("os"), b'{"v":1}', retain=True)
    link.publish(ADA.alarm("hot"), b"{}", retain=True)
    link.publish(ADA.now("room"), b'{"light":3}', retain=True, qos=0)
    link.publish(ADA.twin("os"), b'{"v":2}', retain=True)

    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: connects == [1])
            link.publish(ADA.alarm("hot"), b"", retain=True)
            broker.kill()  # and with it all that was retained: Mosquitto saves every 1800 s
            await until_async(lambda: not link.connected)
            link.publish(ADA.twin("net"), b'{"v":1}', retain=True)
            link.publish(ADA.history("e/room"), b"lost", retain=False)
            broker.start()
            await until_async(lambda: connects == [1, 2])
            with HubDouble(broker) as hub:
                await until_async(lambda: hub.latest(ADA.twin("net")) == b'{"v":1}')
                await until_async(lambda: hub.latest(ADA.now("room")) == b'{"light":3}')
                assert hub.all_of(ADA.twin("os")) == [b'{"v":2}']
                assert hub.all_of(ADA.alarm("hot")) == []

    asyncio.run(scenario())


def test_a_broker_that_comes_later_is_found(broker: Broker, link: MqttLink) -> None:
    broker.stop()

    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: "Does the broker run" in link.state.fault)
            assert (link.connected, link.state.quiet_s > 1e9) == (False, True)
            broker.start()
            await until_async(lambda: link.connected)
            assert link.state.fault == ""

    asyncio.run(scenario())


def test_a_refused_topic_costs_nothing_but_a_line(
    broker: Broker, link: MqttLink, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: link.connected)
            for _ in range(3):
                link.publish(Topics("room-bob").status, b"{}", retain=False)
            await until_async(lambda: broker.log.count("Denied PUBLISH from room-ada") == 3)
            link.publish(ADA.twin("os"), b"{}", retain=True)
            await until_async(lambda: "mydesk/1/room-ada/twin/os" in broker.log)
            await until_async(lambda: "Not authorized" in caplog.text)
            assert link.connected

    asyncio.run(scenario())
    assert caplog.text.count("the broker refuses it (Not authorized)") == 1


def test_a_message_too_large_for_any_broker_is_not_sent(broker: Broker, link: MqttLink) -> None:
    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: link.connected)
            link.publish(ADA.command_state("logs", "1"), b"x" * (1 << 20))
            assert link.state.dropped == 1
            link.publish(ADA.command_state("logs", "2"), b"x" * (1 << 19))
            await until_async(lambda: "cmd/logs/2/st', ... (524288 bytes)" in broker.log)

    asyncio.run(scenario())


FAULTS = {
    "expired": "has expired. Give it a new one: mydesk-hub enrol room-ada",
    "revoked": "was revoked. Give it a new one: mydesk-hub enrol room-ada",
    "other site": "it is of another site",
    "wrong CA": "is not of the CA in",
    "wrong host": "certificate is not for 127.0.0.1",
    "broker expired": "the hub's certificate has expired",
    "no file": "cannot be read: No such file or directory",
    "no PEM": "is no PEM file",
    "wrong key": "do not belong together",
    "no name": "is not known. Look at [hub] host",
}


def _faulty(fault: str, broker: Broker, tmp_path: Path) -> tuple[Identity, dict[str, object]]:
    """What this unit has, and what is in its [hub]."""
    other = SiteCa(tmp_path / "other")
    own = broker.ca.issue("room-ada", not_after=PAST if fault == "expired" else None)
    match fault:
        case "revoked":
            broker.ca.revoke(own)
            broker.restart()
        case "other site":
            return other.issue("room-ada"), {"ca_file": str(broker.ca.ca_file)}
        case "wrong CA":
            return own, {"ca_file": str(other.ca_file)}
        case "wrong host":
            broker.ca.issue("broker", hosts=("hub.example",))
            broker.restart()
            return own, {"host": "127.0.0.1"}
        case "broker expired":
            broker.ca.issue("broker", hosts=("localhost",), not_after=PAST)
            broker.restart()
        case "no file":
            own.key_file.unlink()
        case "no PEM":
            own.cert_file.write_text("garbage")
        case "wrong key":
            own.key_file.write_bytes(broker.ca.issue("room-bob").key_file.read_bytes())
        case "no name":
            return own, {"host": "no-such-hub.invalid"}
    return own, {}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_line_that_says_what_to_do(
    broker: Broker, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    identity, changes = _faulty(fault, broker, tmp_path)
    link = make_link(broker, identity, tmp_path, SOON, None, **changes)

    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: FAULTS[fault] in link.state.fault, what=fault)
            await until_async(lambda: link._failures >= 3, what="three tries")
            assert not link.connected

    asyncio.run(scenario())
    assert caplog.text.count(FAULTS[fault]) == 1
    assert "\n" not in link.state.fault


def test_one_certificate_in_two_units_is_told(broker: Broker, unit: Identity, tmp_path: Path) -> None:
    first, second = make_link(broker, unit, tmp_path), make_link(broker, unit, tmp_path)

    async def scenario() -> None:
        async with running(first), running(second):
            await until_async(lambda: "two units with one certificate" in first.state.fault + second.state.fault)

    asyncio.run(scenario())


def test_a_broker_that_accepts_and_never_speaks_is_left(broker: Broker, unit: Identity, tmp_path: Path) -> None:
    own = broker.ca.broker()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.cert_file, own.key_file)
    writers: list[asyncio.StreamWriter] = []

    async def scenario() -> None:
        server = await asyncio.start_server(lambda r, w: writers.append(w), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        link = make_link(
            broker, unit, tmp_path, LinkPace(least_s=0.05, most_s=0.1, accept_s=0.5, look_s=0.05), port=port
        )
        async with running(link):
            await until_async(lambda: len(writers) >= 2)
            assert "no answer in time" in link.state.fault
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_broker_that_falls_silent_is_no_connection(broker: Broker, link: MqttLink) -> None:
    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: link.connected)
            await until_async(lambda: broker.log.count("PINGREQ from room-ada") >= 2, 20)
            assert link.connected  # nothing but pings, and that is progress
            broker.pause()
            await until_async(lambda: not link.connected, 20)
            broker.resume()
            await until_async(lambda: link.connected, 20)

    asyncio.run(scenario())


def test_a_dead_thread_of_paho_is_noticed_and_the_client_built_anew(
    broker: Broker, link: MqttLink, mocker: MockerFixture
) -> None:
    well = Client.loop_misc

    def dying(client: Client) -> object:
        if link.state.connects == 1 and client.is_connected():
            raise RuntimeError("as in paho's issue 894")
        return well(client)

    mocker.patch.object(Client, "loop_misc", dying)
    seen: list[str] = []

    async def scenario() -> None:
        async with running(link):
            while not (link.state.connects == 2 and link.connected):
                seen.append(link.state.fault)
                await asyncio.sleep(0.005)

    asyncio.run(scenario())
    assert any("the MQTT client failed (RuntimeError)" in fault for fault in seen)


class Latest(random.Random):
    """Chance that always comes out highest."""

    def random(self) -> float:
        return 1.0


def test_units_do_not_all_come_at_once(broker: Broker, unit: Identity, tmp_path: Path) -> None:
    link = make_link(broker, unit, tmp_path, chance=Latest(), first_spread_s=0.4)

    async def scenario() -> float:
        began_s = asyncio.get_running_loop().time()
        async with running(link):
            await until_async(lambda: link.connected)
            return asyncio.get_running_loop().time() - began_s

    assert asyncio.run(scenario()) >= 0.4


DELAYS = [
    (0, 0.0, 1),
    (0, 1.0, 3),
    (1, 1.0, 6),
    (3, 0.5, 12.5),
    (5, 1.0, 96),
    (6, 1.0, 120),
    (99, 1.0, 120),
    (99, 0, 1),
]


@pytest.mark.parametrize(("failures", "chance", "delay_s"), DELAYS)
def test_it_comes_back_ever_later_and_by_chance(failures: int, chance: float, delay_s: float) -> None:
    assert LinkPace().delay_s(failures, chance) == delay_s


# -- what comes -------------------------------------------------------------------------------------------------------


def test_each_listener_hears_what_it_asked_for(broker: Broker, link: MqttLink) -> None:
    heard: list[tuple[str, bytes]] = []

    async def hear(topic: str, payload: bytes) -> None:
        heard.append((topic, payload))

    link.hear(ADA.command("+", "+"), hear)
    link.hear(ADA.desired("+"), hear)
    link.hear(HA_STATUS, hear)

    async def scenario() -> None:
        with HubDouble(broker) as hub:
            hub.publish(ADA.desired("settings"), b"1", retain=True)
            async with running(link):
                await until_async(lambda: SUBSCRIBED in broker.log)
                hub.publish(ADA.command("identify", "7"), b"2")
                hub.publish(HA_STATUS, b"online")
                hub.publish(ADA.ack, b"nobody asked")
                await until_async(lambda: len(heard) == 3)

    asyncio.run(scenario())
    assert sorted(heard) == [
        (HA_STATUS, b"online"),
        (ADA.command("identify", "7"), b"2"),
        (ADA.desired("settings"), b"1"),
    ]


def test_commands_that_came_while_the_unit_was_away_are_heard(broker: Broker, unit: Identity, tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def hear(topic: str, payload: bytes) -> None:
        heard.append(payload)

    async def scenario() -> None:
        first, second = make_link(broker, unit, tmp_path), make_link(broker, unit, tmp_path)
        second.hear(ADA.command("+", "+"), hear)
        with HubDouble(broker) as hub:
            async with running(first):
                await until_async(lambda: "room-ada 1 homeassistant/status" in broker.log)
            hub.publish(ADA.command("identify", "1"), b"1")
            hub.publish(ADA.command("identify", "2"), b"2")
            async with running(second):
                await until_async(lambda: heard == [b"1", b"2"])

    asyncio.run(scenario())


def test_a_slow_listener_loses_nothing_and_a_failing_one_goes_on(broker: Broker, link: MqttLink) -> None:
    gate = asyncio.Event()
    slow: list[bytes] = []
    failing: list[bytes] = []

    async def hear_slowly(topic: str, payload: bytes) -> None:
        await gate.wait()
        slow.append(payload)

    async def fail(topic: str, payload: bytes) -> None:
        failing.append(payload)
        raise MyDeskError("no use") if payload == b"1" else KeyError("a fault of ours")

    link.hear(ADA.command("+", "+"), hear_slowly)
    link.hear(ADA.desired("+"), fail)

    async def scenario() -> None:
        with HubDouble(broker) as hub:
            async with running(link):
                await until_async(lambda: SUBSCRIBED in broker.log)
                for number in (b"1", b"2", b"3"):
                    hub.publish(ADA.desired("settings"), number)
                await until_async(lambda: failing == [b"1", b"2", b"3"])
                for count in range(150):
                    hub.publish(ADA.command("identify", str(count)), str(count).encode())
                await until_async(lambda: broker.log.count("Sending PUBACK to hub") >= 153)
                gate.set()
                await until_async(lambda: len(slow) >= 150)

    asyncio.run(scenario())
    assert slow == [str(number).encode() for number in range(150)]


# -- another certificate ----------------------------------------------------------------------------------------------


def test_a_new_certificate_is_used_and_kept(broker: Broker, link: MqttLink) -> None:
    fresh = broker.ca.issue("room-ada", label="new")

    async def scenario() -> None:
        with HubDouble(broker) as hub:
            async with running(link):
                await until_async(lambda: link.connected)
                await link.reconnect(fresh.cert_file, fresh.key_file, timeout_s=10)
                assert (link.connected, link.state.connects) == (True, 2)
                await until_async(lambda: statuses(hub) == [("online", 1), ("online", 2)])
                kept = fresh.cert_file.rename(fresh.cert_file.with_name("kept.pem"))
                key = fresh.key_file.rename(fresh.key_file.with_name("kept.key"))
                link.certificate_moved(kept, key)
                broker.restart(kill=True)
                await until_async(lambda: link.state.connects >= 3 and link.connected)

    asyncio.run(scenario())


def test_a_new_certificate_that_is_refused_leaves_the_old_one(broker: Broker, link: MqttLink, tmp_path: Path) -> None:
    other = SiteCa(tmp_path / "other").issue("room-ada")

    async def scenario() -> None:
        async with running(link):
            await until_async(lambda: link.connected)
            with pytest.raises(LinkError, match="it is of another site"):
                await link.reconnect(other.cert_file, other.key_file, timeout_s=1.5)
            await until_async(lambda: link.connected)
            assert link.state.fault == ""

    asyncio.run(scenario())


def test_a_stop_while_nothing_answers_is_quick(broker: Broker, unit: Identity, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        link = make_link(broker, unit, tmp_path, SOON, port=deaf.getsockname()[1])

        async def scenario() -> float:
            async with running(link):
                await until_async(lambda: link._connection is not None and link._connection._context.wire is not None)
                began_s = asyncio.get_running_loop().time()
            return asyncio.get_running_loop().time() - began_s

        assert asyncio.run(scenario()) < 2
