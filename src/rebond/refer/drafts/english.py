"""Every wording in English. Short, warm, without pressure; the person who reads it may say no and lose nothing.

A text's placeholders are those of ``writing.words_of``; ``{question}`` and ``{about_no}`` are put in before, since they are
sentences and not facts.
"""

from __future__ import annotations

Letters = tuple[tuple[str, str], ...]

QUESTION = "who do you know that would gain from a conversation with us?"

SCRIPTS: tuple[str, ...] = (
    "[[{to_first}, ]]thank you for being straight with me. One last question: " + QUESTION,
    "[[{to_first}, ]]I understand, and I appreciate the time you took. May I ask you something: " + QUESTION,
    "It was not right for you, and that is fine. You know this field better than I do: " + QUESTION,
)
#: To whoever said yes.
SCRIPTS_YES: tuple[str, ...] = (
    "[[{to_first}, ]]I am glad that we work together. One question while we are talking: " + QUESTION,
    "[[{to_first}, ]]you see from the inside what we do, and what we do not. May I ask: " + QUESTION,
    "You know this field, and you know by now how we work. So tell me: " + QUESTION,
)

#: To whoever knows us without having been asked to buy, or without a no.
SCRIPTS_KNOWN: tuple[str, ...] = (
    "[[{to_first}, ]]you know this field and the people in it better than I do. May I ask you something: " + QUESTION,
    "[[{to_first}, ]]this is not about you and me today. I would like to ask you one thing: " + QUESTION,
    "You know by now what I do, and whom it helps. So let me ask you: " + QUESTION,
)

PHRASES: dict[str, str] = {
    "hello_name": "Hello %s,",
    "hello": "Hello,",
    "and": " and ",
    "named": "You mentioned {named}. If twenty minutes could be useful to them, would you introduce us?",
    "not_named": "Who do you know that would gain from a conversation with us? One name is plenty.",
    "outside": "What decided it lay outside your hands and mine, and I am glad that you said so.",
    "poor_fit": "We were not the right fit for you, and I would rather tell you so than sell it to you.",
    "customer": "You see from the inside what we do, so you know whom it may help.",
    "acquainted": "You know what I do, so you can tell whom it may help.",
    "forward": "To forward, as it is or in your own words:",
    "for_us": "We looked at it together, and it was not for us; it may be for you.",
    "for_us_fit": "It turned out not to fit us; it may well fit you.",
    "for_us_customer": "We work together, and I thought of you.",
    "for_us_acquainted": "We know each other, and I thought of you.",
    "source": "Your name and how to reach you come from {advocate}, and from nowhere else.",
    "source_bare": "Your name and how to reach you come from the person who introduced us, and from nowhere else.",
}

ASKS: Letters = (
    (
        "{subject_of_ask}",
        "{hello}\n\nThank you for the straight answer[[ about {deal}]]. {about_no}\n\n{question} There is a version below to "
        "edit freely.\n\nAnd if not, no harm done: nothing changes between us.\n\n{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nI have been thinking about our talks[[ about {deal}]], and I am grateful for the time you took. "
        "{about_no}\n\n{question} If somebody comes to mind, the lines below can be forwarded as they are.\n\nIf nobody "
        "does, that is an answer too.\n\n{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nMay I ask you a favour? {about_no} You know better than I do who wrestles with the same questions.\n\n"
        "{question} You need not write anything yourself: there is a text below that you may change or cut.\n\nAnd if you "
        "would rather not, that is fine.\n\n{seller_first}",
    ),
)
#: The same without a no.
ASKS_KNOWN: Letters = (
    (
        "{subject_of_ask}",
        "{hello}\n\nToday I am writing with a question of my own. {about_no}\n\n{question} There is a version below to edit "
        "freely.\n\nAnd if nobody comes to mind, that is fine.\n\n{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nA short question, and no hurry with the answer. {about_no}\n\n{question} The lines below can be "
        "forwarded as they are.\n\nIf it does not suit you, nothing changes between us.\n\n{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nMay I ask you a favour? {about_no}\n\n{question} You need not write anything yourself: there is a text "
        "below that you may change or cut.\n\nAnd if you would rather not, that is fine.\n\n{seller_first}",
    ),
)
#: The subject of the ask, by how many they mentioned: none, one, two or more.
SUBJECTS: tuple[tuple[str, str, str], ...] = (
    ("One question, if you are comfortable", "An introduction, if you are comfortable", "Two introductions, if you are comfortable"),
    ("Who comes to mind?", "Would you introduce us?", "Would you introduce us?"),
    ("May I ask you a favour?", "May I ask you a favour?", "May I ask you a favour?"),
)  # fmt: skip

FORWARDS: Letters = (
    (
        "An introduction: {seller}[[, {ours}]]",
        "{hello_referred}\n\n{seller}[[ of {ours}]] went through our questions with us[[ about {what}]], carefully and without "
        "pushing. {for_us} Worth twenty minutes.[[ You reach {seller_first} at {seller_email}.]]\n\n{advocate_signs}",
    ),
    (
        "You may want to talk to {seller}",
        "{hello_referred}\n\nI would like you to meet {seller}[[ of {ours}]][[, who knows {what} well]]. {for_us} A first "
        "conversation costs you twenty minutes and nothing else.[[ Write to {seller_email}.]]\n\n{advocate_signs}",
    ),
    (
        "{seller} and you",
        "{hello_referred}\n\nThere is somebody you should know: {seller}[[ of {ours}]]. {for_us} I found the conversation "
        "clear and honest, so I am passing it on.[[ The address is {seller_email}.]]\n\n{advocate_signs}",
    ),
)

FIRSTS: Letters = (
    (
        "{advocate} suggested that I write to you",
        "{hello_referred}\n\n{advocate}[[, {advocate_company},]] gave me your name, and I am writing to you as a result of the "
        "referral.[[ The thought behind it: {why}.]][[ At {ours} we help with {what}.]]\n\nWould twenty minutes be of use to "
        "you? If not, no answer is needed: this is the only message you get from me unless you want another.\n\n{seller}"
        "[[\n{ours}]]",
    ),
    (
        "As a result of a referral by {advocate}",
        "{hello_referred}\n\nI am writing to you as a result of the referral by {advocate}[[, {advocate_company}]], who "
        "thought that you might gain from a conversation with us.[[ In a few words: {why}.]][[ We do {what}.]]\n\nIf that is "
        "so, when would a short call suit you? If it is not, I will not write again.\n\n{seller}[[\n{ours}]]",
    ),
    (
        "{advocate} thought of you",
        "{hello_referred}\n\n{advocate}[[, {advocate_company},]] thought of you when we talked; this message reaches you as a "
        "result of the referral.[[ What came to mind: {why}.]][[ My work is {what}.]]\n\nA question to begin with: what takes "
        "most of your time just now? One line is plenty, and silence is an answer I respect.\n\n{seller}[[\n{ours}]]",
    ),
)

THANKS: dict[str, Letters] = {
    "agreed": (
        ("Thank you for the name", "{hello}\n\nThank you for naming somebody[[: {referred}]]. I know that a name is trust, and I will treat it as such. You will hear what becomes of it.\n\n{seller_first}"),
        ("That was kind of you", "{hello}\n\nYou did not have to do that: thank you[[ for thinking of {referred}]]. I will be careful with it, and I will tell you how it goes.\n\n{seller_first}"),
        ("Thank you for your trust", "{hello}\n\nThank you for your trust[[, and for the name of {referred}]]. I will not press anybody, and you will hear from me.\n\n{seller_first}"),
    ),
    "introduced": (
        ("Thank you for the introduction", "{hello}\n\nThank you for introducing us[[ to {referred}]]. Whatever comes of it, I will remember that you did.\n\n{seller_first}"),
        ("Your introduction has arrived", "{hello}\n\nYour introduction[[ to {referred}]] has arrived, thank you. I will listen first, as I did with you.\n\n{seller_first}"),
        ("Thank you for opening a door", "{hello}\n\nThank you for opening a door[[ to {referred}]]. I know what that is worth, and I will look after it.\n\n{seller_first}"),
    ),
    "qualified": (
        ("We are talking, thanks to you", "{hello}\n\nI wanted you to be the first to know: we are in conversation[[ with {referred}]], thanks to you. Thank you.\n\n{seller_first}"),
        ("Your introduction has become a conversation", "{hello}\n\nA line to say that your introduction[[ to {referred}]] has become a real conversation. Thank you for it.\n\n{seller_first}"),
        ("Thank you: it was a good thought", "{hello}\n\nYou thought well: we are in conversation[[ with {referred}]], and it is a good one. Thank you for bringing us together.\n\n{seller_first}"),
    ),
    "won": (
        ("A new customer, thanks to you", "{hello}\n\nYour introduction[[ to {referred}]] has led to a new customer of ours. It would not have happened without you: thank you, warmly.\n\n{seller_first}"),
        ("This began with you", "{hello}\n\nWhat began with your introduction[[ to {referred}]] ended in a yes. Thank you; I am in your debt.\n\n{seller_first}"),
        ("Thank you, from all of us", "{hello}\n\nWe have begun to work together[[ with {referred}]], and you are the reason. Thank you, from all of us.\n\n{seller_first}"),
    ),
    "lost": (
        ("It did not come about, and thank you", "{hello}\n\nYour introduction[[ to {referred}]] did not lead to a yes this time, and it was worth it all the same. Thank you for it.\n\n{seller_first}"),
        ("A word about your introduction", "{hello}\n\nWe talked[[ with {referred}]], and it ended kindly with a no. That changes nothing about my thanks for your introduction.\n\n{seller_first}"),
        ("Not this time, but thank you", "{hello}\n\nIt was not to be this time[[ with {referred}]]. I was glad to meet somebody through you: thank you.\n\n{seller_first}"),
    ),
    "": (
        ("Thank you", "{hello}\n\nThank you for thinking of us[[, and of {referred}]]. It means a great deal.\n\n{seller_first}"),
        ("A word of thanks", "{hello}\n\nI have not forgotten that you introduced us[[ to {referred}]]. Thank you for it.\n\n{seller_first}"),
        ("With thanks", "{hello}\n\nA short word of thanks for your introduction[[ to {referred}]]. If I can return the favour one day, tell me.\n\n{seller_first}"),
    ),
}  # fmt: skip
