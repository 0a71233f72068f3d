"""What a refusal means for us, from its code (RFC 3463, IANA's enhanced status codes) and the server's words."""

from __future__ import annotations

import re

from rebond.mail.reading.folding import folded
from rebond.mail.reading.result import BOUNCE_HARD, BOUNCE_POLICY, BOUNCE_SOFT

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![.\d])")
#: A reply code of SMTP where a server puts one: after "said:", "error", at a line's beginning, before its words.
_REPLY = re.compile(
    r"(?:^|[>:]|said:?|reason:?|code:?|error:?|response:?|smtp;|#<?|status:?|\()\s*<?#?([45]\d\d)(?=[ -]|#|$|\))",
    re.MULTILINE,
)

_NOBODY = re.compile(
    r"user (?:unknown|not found|doesn'?t exist|is unknown)|(?:unknown|no such|invalid|nonexistent|non-existent"
    r"|inactive) (?:local )?"
    r"(?:user|mailbox|recipient|address|account|person|local)|(?:mailbox|address|recipient|account|user"
    r"|addressee)(?: \S{1,80})?"
    r" (?:(?:is|was) )?(?:not found|unavailable|unknown|disabled|not exist|does(?: not|n't) exist"
    r"|doesn't have an? \S+ account|no longer|not known|"
    r"inactive|has been (?:disabled|closed|suspended)|not listed|rejected: (?:user|undeliverable|unknown))"
    r"|not a valid (?:mailbox|recipient|user)|no mailbox (?:here )?by that name|does not exist|doesn't exist"
    r"|resolver\.adr\.(?:recip|ex)\w*notfound"
    r"|recipnotfound|recipient rejected|host (?:unknown|or domain name not found|not found)"
    r"|domain(?: name)? (?:not found|does not exist)|unrouteable address"
    r"|no such domain|no (?:valid )?recipients|user_?unknown|address not found|adresse \S* ?introuvable"
    r"|n'a pas ete trouve|n'existe pas|destinataire (?:inconnu|inexistant)"
    r"|utilisateur inconnu|boite (?:inexistante|desactivee|inconnue|fermee)|adresse inconnue|existiert nicht"
    r"|unbekannt(?:er)? (?:empfanger|benutzer|adresse)|nicht gefunden"
    r"|empfanger (?:unbekannt|nicht)|benutzer (?:unbekannt|existiert)|no existe|usuario (?:desconocido"
    r"|inexistente)|destinatario desconocido|buzon (?:inexistente|desconocido|desactivado)"
    r"|no se (?:encontro|ha encontrado|encuentra)|cuenta (?:inexistente|desactivada)|deactivated|null mx"
)
_FULL = re.compile(
    r"mailbox (?:is )?(?:full|quota)|(?:over|exceed\w*|out of) (?:the |its |his |storage |mailbox "
    r"|disk )*(?:quota|storage|space|limit)|quota ?(?:exceeded|full|depasse|superad|uberschritten)|quotaexceeded"
    r"|insufficient (?:system )?storage"
    r"|boite (?:\S+ ){0,3}(?:pleine|saturee)|quota .{0,20}(?:depasse|atteint)|postfach (?:\S+ ){0,3}voll"
    r"|speicherplatz|kontingent|buzon (?:\S+ ){0,3}lleno|espacio (?:insuficiente|agotado)|mailbox full"
    r"|over quota|full mailbox|inbox is full|inbox full"
)
_BLAMES_US = re.compile(
    r"spam|block(?:ed|list)|black[- ]?list|reputation|dmarc|dkim|\bspf\b|policy|rbl|dnsbl|spamhaus|barracuda"
    r"|not authenticated|unauthenticated|unsolicited|bulk"
    r"|banned|abus|suspicious|rate limit|too many (?:connections|messages)|rejected (?:due to|by|for) (?:content"
    r"|security|policy)|content (?:rejected|filter)|refused by recipient|sender (?:verify|rejected|denied|not)"
    r"|access denied|relay(?:ing)? (?:access )?denied"
    r"|message (?:too large|size|length)|size limit|too big|politique|pourriel|indesirable|bloque|richtlinie"
    r"|gesperrt|bloquead|politica|virus|reverse dns|ptr record|tls required|helo"
)
_LATER = re.compile(
    r"delay|(?:not|n't) (?:yet )?been delivered|will (?:keep|continue to|be retried|retry)|temporar|try again"
    r"|greylist|deferred|timed? ?out|timeout|retard|nouvelle tentative|pas encore ete"
    r"|verzoger|weiter(?:e|hin)? versuch|noch nicht zugestellt|vorubergehend|retras|se seguira intentando"
    r"|temporal|not reachable|still trying|connection refused|too busy|could not send message for (?:the )?past"
)
_DELAYED = re.compile(
    r"(?:warning|message|delivery|zustellung|nachricht|remise|entrega|mail)\b.{0,60}(?:delay|retard|verzoger"
    r"|retras)|has not (?:yet )?been delivered|not yet been delivered|will (?:keep trying|continue to"
    r"|be retried)|pas encore ete (?:remis|distribue)"
    r"|noch nicht zugestellt|aun no se ha|se seguira intentando|nouvelle tentative|do not need to resend"
    r"|no need to resend|could not send message for (?:the )?past|weiterhin versucht"
)

#: Codes of class 5 whose subject and detail mean "for now": the mailbox is full (x.2.2), the system is (x.3.1), it
#: takes nothing at the moment (x.3.2), routes and networks (x.4.x), and protocol quarrels (x.5.x). See ``meaning``.
_SOFT_DETAILS = (
    "2.2",
    "2.4",
    "3.0",
    "3.1",
    "3.2",
    "3.5",
    "4.0",
    "4.1",
    "4.2",
    "4.3",
    "4.5",
    "4.6",
    "4.7",
    "4.14",
    "5.",
)
#: About the mail or its sender, not the address: too long (x.2.3, x.3.4), its sender's address (x.1.7, x.1.8), content
#: (x.6.x), security and policy (x.7.x).
_OUR_DETAILS = ("2.3", "3.3", "3.4", "1.7", "1.8", "6.", "7.")


def meaning(status: str, words: str, action: str = "failed") -> str:
    """``bounce_hard``, ``bounce_soft`` or ``bounce_policy``.

    The words win over a code where they plainly say that nobody is there, or that the mailbox is full: some servers
    answer 5.7.1 for an unknown user, others 5.1.1 for a full one. Class 4 and "delayed" are soft. Without a code and
    words that we know, a failure is soft: an address is never silenced on a guess.

    >>> meaning("5.1.1", ""), meaning("5.7.26", "DMARC"), meaning("5.2.2", ""), meaning("4.4.1", "")
    ('bounce_hard', 'bounce_policy', 'bounce_soft', 'bounce_soft')
    """
    plain = folded(words)
    if action == "delayed" or status.startswith("4."):
        return BOUNCE_SOFT
    if _FULL.search(plain):
        return BOUNCE_SOFT
    detail = status[2:]
    nobody = bool(_NOBODY.search(plain))
    if (
        nobody
        and (not _BLAMES_US.search(plain) or _starts(detail, ("1.", "2.1", "0.0")))
        and not _starts(detail, ("1.7", "1.8"))
    ):
        return BOUNCE_HARD
    if detail == "4.1" and "recipient address rejected" in plain:
        return BOUNCE_HARD  # what Exchange Online says of an address it does not know
    if _starts(detail, _OUR_DETAILS) or (_BLAMES_US.search(plain) and not _starts(detail, ("1.", "2.1"))):
        return BOUNCE_POLICY
    return _by_code(detail, plain)


def _by_code(detail: str, plain: str) -> str:
    if _starts(detail, _SOFT_DETAILS):
        return BOUNCE_SOFT
    if detail in {"", "0.0"}:
        return BOUNCE_SOFT if not detail or _LATER.search(plain) else BOUNCE_HARD
    return BOUNCE_HARD


def _starts(detail: str, beginnings: tuple[str, ...]) -> bool:
    """``"7."`` stands for the whole subject, ``"2.2"`` for that code alone."""
    return any(detail.startswith(one) if one.endswith(".") else detail == one for one in beginnings)


def status_in(text: str) -> str:
    """The enhanced code in a server's words, else its reply code as ``5.0.0`` or ``4.0.0``; empty for none.

    >>> status_in("550-5.7.26 not authenticated"), status_in("said: 451 try later"), status_in("192.5.1.1")
    ('5.7.26', '4.0.0', '')
    """
    found = [code for code in _ENHANCED.findall(text[:20_000]) if not code.startswith("2")]
    telling = [code for code in found if not code.endswith(".0.0")]
    if telling or found:
        return str((telling or found)[0])
    reply = _REPLY.search(text[:20_000].lower())
    return f"{reply[1][0]}.0.0" if reply else ""


def says_delayed(text: str) -> bool:
    """Whether a server's letter says that it goes on trying."""
    return bool(_DELAYED.search(" ".join(folded(text[:6_000]).split())))
