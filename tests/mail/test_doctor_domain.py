"""What the DNS says of the domain we send from, asked of a real name server: SPF, DMARC, MX, PTR."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.mail.doctor import domain, spf, words
from rebond.mail.doctor.dmarc import aligned, policy_for
from rebond.mail.doctor.finding import Finding, Level
from rebond.mail.doctor.names import Silent
from tests.mail.dns_server import HOST, ONE, OTHER, OURS, SIX, DnsServer, ask


def codes(findings: list[Finding]) -> dict[str, str]:
    return {one.about: one.code for one in findings}


def renew(server: DnsServer, name: str, text: str) -> None:
    server.records.pop((name, "TXT"), None)
    server.txt(name, text)


def test_a_domain_in_order_has_nothing_to_do(good: DnsServer) -> None:
    found = domain.examine(ask(good), OURS, HOST)
    assert codes(found) == {"spf": "spf_ok", "dmarc": "dmarc_ok", "mx": "mx_ok", "ptr": "ptr_ok"}
    assert {one.level for one in found} == {Level.OK}
    assert {words.todo_of(one) for one in found} == {""}
    assert words.found_of(found[2]) == "Mail for ours.example arrives at mx1.ours.example."


def test_a_domain_that_says_nothing_is_told_what_to_publish(dns_server: DnsServer) -> None:
    dns_server.add(HOST, "A", ONE)
    found = {one.about: one for one in domain.examine(ask(dns_server), OURS, HOST)}
    assert {about: (one.code, one.level.value, one.record) for about, one in found.items()} == {
        "spf": ("spf_none", "wrong", f'ours.example. TXT "v=spf1 ip4:{ONE} ~all"'),
        "dmarc": ("dmarc_none", "wrong",
                  '_dmarc.ours.example. TXT "v=DMARC1; p=none; rua=mailto:postmaster@ours.example"'),
        "mx": ("mx_none", "wrong", ""),
        "ptr": ("ptr_none", "wrong", ""),
    }  # fmt: skip


def test_a_name_server_that_does_not_answer_is_not_taken_for_an_empty_one(dns_server: DnsServer) -> None:
    dns_server.silent |= {OURS, f"_dmarc.{OURS}", HOST}
    found = domain.examine(ask(dns_server), OURS, HOST)
    assert {(one.code, one.level) for one in found} == {("dns_silent", Level.LOOK)}


@pytest.mark.parametrize(
    ("record", "code", "level"),
    [
        (f"v=spf1 ip4:{ONE}/24 -all", "spf_ok", "ok"),
        ("v=spf1 a:mail.ours.example ~all", "spf_ok", "ok"),
        ("v=spf1 mx -all", "spf_ok", "ok"),
        ("v=spf1 include:_spf.ours.example -all", "spf_ok", "ok"),
        ("v=spf1 redirect=_spf.ours.example", "spf_ok", "ok"),
        ("v=spf1 exists:%{i}._spf.ours.example include:_spf.ours.example -all", "spf_ok", "ok"),
        (f"v=spf1 -ip4:{ONE} ip4:9.0.0.0/8 -all", "spf_not_us", "look"),
        (f"v=spf1 ip4:{OTHER} -all", "spf_not_us", "look"),
        ("v=spf1 include:deny.ours.example ?all", "spf_not_us", "look"),
        ("v=spf1 +all", "spf_anybody", "wrong"),
        ("v=spf1 all", "spf_anybody", "wrong"),
        ("v=spf1 ip4:999.1.1.1 -all", "spf_broken", "wrong"),
        ("v=spf1 includes:x.example -all", "spf_broken", "wrong"),
        ("v=spf1 include: -all", "spf_broken", "wrong"),
        ("v=spf1 include:nobody.example -all", "spf_broken", "wrong"),
        ("v=spf1 include:ours.example -all", "spf_too_many", "wrong"),
        ("v=spf1 " + " ".join(f"a:h{n}.ours.example" for n in range(11)) + " -all", "spf_too_many", "wrong"),
        ("v=spf10 -all", "spf_none", "wrong"),
    ],
)
def test_a_record_is_read_as_a_mail_server_reads_it(good: DnsServer, record: str, code: str, level: str) -> None:
    renew(good, OURS, record)
    good.add("mx1.ours.example", "A", ONE)
    good.txt("_spf.ours.example", f"v=spf1 ip4:{ONE} -all")
    good.txt("deny.ours.example", f"v=spf1 -ip4:{ONE} -all")
    found = domain.check_spf(ask(good), OURS, HOST)
    assert (found.code, found.level.value) == (code, level)


def test_ten_look_ups_are_allowed_and_all_of_those_included_count(good: DnsServer) -> None:
    renew(good, OURS, f"v=spf1 include:a.example include:b.example ip4:{ONE} -all")
    good.txt("a.example", "v=spf1 " + " ".join(f"a:h{n}.a.example" for n in range(4)) + " ?all")
    good.txt("b.example", "v=spf1 " + " ".join(f"a:h{n}.b.example" for n in range(4)) + " ?all")
    assert domain.check_spf(ask(good), OURS, HOST).code == "spf_ok"
    renew(good, "b.example", "v=spf1 " + " ".join(f"a:h{n}.b.example" for n in range(5)) + " ?all")
    found = domain.check_spf(ask(good), OURS, HOST)
    assert (found.code, found.values["count"]) == ("spf_too_many", "11")


def test_two_records_are_none(good: DnsServer) -> None:
    good.txt(OURS, "v=spf1 mx -all")
    assert domain.check_spf(ask(good), OURS, HOST).code == "spf_two"


def test_a_known_service_must_be_included_and_the_record_says_where_it_goes(good: DnsServer) -> None:
    found = domain.check_spf(ask(good), OURS, "smtp.gmail.com")
    assert (found.code, found.level) == ("spf_not_us", Level.WRONG)
    assert found.record == f'ours.example. TXT "v=spf1 ip4:{ONE} ip6:{SIX} include:_spf.google.com -all"'
    renew(good, OURS, "v=spf1 include:_spf.google.com ~all")
    good.txt("_spf.google.com", f"v=spf1 ip4:{OTHER} ~all")
    assert domain.check_spf(ask(good), OURS, "smtp.gmail.com").code == "spf_ok"


@pytest.mark.parametrize("host", ["127.0.0.1", "relay.ours.example", "nowhere.example", ""])
def test_a_server_without_a_public_address_is_not_judged(good: DnsServer, host: str) -> None:
    good.add("relay.ours.example", "A", "10.0.0.7")
    found = domain.check_spf(ask(good), OURS, host)
    assert (found.code, found.level) == ("spf_unseen", Level.LOOK)


@hypothesis.settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_record_anybody_publishes_is_more_than_a_broken_one(text: str) -> None:
    try:
        terms = spf.terms_of(f"v=spf1 {text}")
    except spf.BadRecord:
        return
    assert all(term.name for term in terms)


@pytest.mark.parametrize(
    ("where", "record", "code", "level"),
    [
        ("_dmarc.ours.example", "v=DMARC1; p=none", "dmarc_watches", "ok"),
        ("_dmarc.ours.example", "v=DMARC1;p=quarantine", "dmarc_ok", "ok"),
        ("_dmarc.ours.example", "v=DMARC1; sp=none", "dmarc_broken", "wrong"),
        ("_dmarc.ours.example", "v=DMARC1; p=perhaps", "dmarc_broken", "wrong"),
        ("_dmarc.ours.example", "v=spf1 -all", "dmarc_none", "wrong"),
    ],
)
def test_a_policy_is_read(dns_server: DnsServer, where: str, record: str, code: str, level: str) -> None:
    dns_server.txt(where, record)
    found = domain.check_dmarc(ask(dns_server), OURS, OURS)
    assert (found.code, found.level.value) == (code, level)


def test_a_subdomain_takes_its_parents_policy_and_two_are_none(dns_server: DnsServer) -> None:
    dns_server.txt("_dmarc.ours.example", "v=DMARC1; p=reject; sp=quarantine; adkim=s")
    policy = policy_for(ask(dns_server), "news.sales.ours.example")
    assert policy is not None
    assert (policy.domain, policy.asks, policy.strict_dkim, policy.strict_spf) == (OURS, "quarantine", True, False)
    assert policy_for(ask(dns_server), "other.example") is None
    dns_server.txt("_dmarc.ours.example", "v=DMARC1; p=none")
    assert domain.check_dmarc(ask(dns_server), OURS, OURS).code == "dmarc_broken"


def test_an_envelope_of_another_domain_does_not_speak_for_ours(good: DnsServer) -> None:
    assert domain.check_dmarc(ask(good), OURS, "bounces.ours.example").code == "dmarc_ok"
    assert domain.check_dmarc(ask(good), OURS, "mailer.example").code == "dmarc_envelope"
    renew(good, f"_dmarc.{OURS}", "v=DMARC1; p=reject; aspf=s")
    assert domain.check_dmarc(ask(good), OURS, "bounces.ours.example").code == "dmarc_envelope"
    assert not aligned("valmy.example", "notvalmy.example", None)


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ({("ours.example", "MX"): ["0 ."]}, "mx_none"),
        ({("ours.example", "A"): [ONE]}, "mx_by_address"),
        ({}, "mx_none"),
    ],
)
def test_where_answers_arrive(dns_server: DnsServer, records: dict[tuple[str, str], list[str]], code: str) -> None:
    dns_server.records |= records
    assert domain.check_mx(ask(dns_server), OURS).code == code


def test_the_servers_name_must_lead_back_to_it(good: DnsServer) -> None:
    good.records["9.9.9.9.in-addr.arpa", "PTR"] = ["elsewhere.example."]
    found = domain.check_ptr(ask(good), HOST)
    assert (found.code, found.values["name"]) == ("ptr_unconfirmed", "elsewhere.example")
    good.add("elsewhere.example", "A", ONE)
    assert domain.check_ptr(ask(good), HOST).code == "ptr_ok"
    assert domain.check_ptr(ask(good), "127.0.0.1").code == "ptr_unseen"


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "é.example", "", ".".join(["y" * 60] * 6)])
def test_what_is_no_name_has_no_records(dns_server: DnsServer, name: str) -> None:
    assert ask(dns_server).txt(name) == []
    assert ask(dns_server).addresses(name) == []


def test_silence_is_told_apart(dns_server: DnsServer) -> None:
    dns_server.silent.add("x.example")
    with pytest.raises(Silent):
        ask(dns_server).txt("x.example")
