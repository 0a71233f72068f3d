"""Toutes les formulations en français : courtes, chaleureuses, sans pression ; qui les lit peut dire non sans rien perdre."""

from __future__ import annotations

Letters = tuple[tuple[str, str], ...]

QUESTION = "qui connaissez-vous qui aurait intérêt à échanger avec nous ?"

SCRIPTS: tuple[str, ...] = (
    "[[{to_first}, ]]merci de votre franchise, elle m’est utile. Avant de nous quitter, une dernière question : " + QUESTION,
    "[[{to_first}, ]]je comprends, et je vous remercie du temps que vous m’avez accordé. Puis-je vous demander une chose : " + QUESTION,
    "Ce n’était pas pour vous, et c’est très bien ainsi. Vous connaissez ce métier mieux que moi : " + QUESTION,
)  # fmt: skip
#: À qui a dit oui.
SCRIPTS_YES: tuple[str, ...] = (
    "[[{to_first}, ]]c’est un plaisir de travailler avec vous. Une question pendant que nous y sommes : " + QUESTION,
    "[[{to_first}, ]]vous voyez de l’intérieur ce que nous faisons, et ce que nous ne faisons pas. Dites-moi : " + QUESTION,
    "Vous connaissez le métier, et vous savez désormais comment nous travaillons. Alors, dites-moi : " + QUESTION,
)  # fmt: skip

#: À qui nous connaît sans avoir eu à acheter, ou sans avoir dit non.
SCRIPTS_KNOWN: tuple[str, ...] = (
    "[[{to_first}, ]]vous connaissez ce métier et ceux qui le font mieux que moi. Puis-je vous demander une chose : " + QUESTION,
    "[[{to_first}, ]]aujourd’hui, il ne s’agit ni de vous ni de moi. J’aimerais vous poser une question : " + QUESTION,
    "Vous savez désormais ce que je fais, et à qui cela sert. Alors, permettez-moi de vous demander : " + QUESTION,
)  # fmt: skip

PHRASES: dict[str, str] = {
    "hello_name": "Bonjour %s,",
    "hello": "Bonjour,",
    "and": " et ",
    "named": "Vous avez évoqué {named}. Si vingt minutes pouvaient leur être utiles, accepteriez-vous de nous mettre en relation ?",
    "not_named": "Qui connaissez-vous qui aurait intérêt à échanger avec nous ? Un seul nom suffit.",
    "outside": "Ce qui a décidé ne dépendait ni de vous ni de moi, et je vous sais gré de me l’avoir dit.",
    "poor_fit": "Nous n’étions pas faits pour votre besoin, et j’aime mieux vous le dire que vous le vendre.",
    "customer": "Vous voyez de l’intérieur ce que nous faisons : vous savez donc à qui cela peut servir.",
    "acquainted": "Vous savez ce que je fais : vous voyez donc à qui cela peut servir.",
    "forward": "À transférer, tel quel ou avec vos mots :",
    "for_us": "Nous avons regardé le sujet ensemble et ce n’était pas pour nous ; ce l’est peut-être pour vous.",
    "for_us_fit": "Cela ne correspondait pas à notre besoin ; cela peut très bien correspondre au vôtre.",
    "for_us_customer": "Nous travaillons ensemble, et j’ai pensé à vous.",
    "for_us_acquainted": "Nous nous connaissons, et j’ai pensé à vous.",
    "source": "Votre nom et vos coordonnées me viennent de {advocate}, et de nulle part ailleurs.",
    "source_bare": "Votre nom et vos coordonnées me viennent de la personne qui nous met en relation, et de nulle part ailleurs.",
}  # fmt: skip

ASKS: Letters = (
    (
        "{subject_of_ask}",
        "{hello}\n\nMerci pour votre réponse franche[[ au sujet de « {deal} »]]. {about_no}\n\n{question} Un texte à transférer se "
        "trouve ci-dessous, à modifier à votre guise.\n\nEt sinon, rien de grave : cela ne change rien "
        "entre nous.\n\n{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nJe repense à nos échanges[[ au sujet de « {deal} »]], et je vous remercie du temps que vous y avez "
        "consacré. {about_no}\n\n{question} Si quelqu’un vous vient à l’esprit, les lignes ci-dessous peuvent être "
        "transférées telles quelles.\n\nSi personne ne vous vient à l’esprit, c’est aussi une réponse.\n\n{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nPuis-je vous demander un service ? {about_no} Vous savez mieux que moi qui se pose les mêmes "
        "questions.\n\n{question} Vous n’avez rien à rédiger : un texte vous attend ci-dessous, à changer ou à couper."
        "\n\nEt si vous préférez vous abstenir, c’est très bien ainsi.\n\n{seller_first}",
    ),
)
#: Les mêmes, sans refus.
ASKS_KNOWN: Letters = (
    (
        "{subject_of_ask}",
        "{hello}\n\nAujourd’hui, je vous écris avec une question. {about_no}\n\n{question} Un texte à transférer se trouve "
        "ci-dessous, à modifier à votre guise.\n\nEt si personne ne vous vient à l’esprit, c’est très bien ainsi.\n\n"
        "{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nUne courte question, et la réponse ne presse pas. {about_no}\n\n{question} Les lignes ci-dessous "
        "peuvent être transférées telles quelles.\n\nSi cela ne vous convient pas, rien ne change entre nous.\n\n"
        "{seller_first}",
    ),
    (
        "{subject_of_ask}",
        "{hello}\n\nPuis-je vous demander un service ? {about_no}\n\n{question} Vous n’avez rien à rédiger : un texte vous "
        "attend ci-dessous, à changer ou à couper.\n\nEt si vous préférez vous abstenir, c’est très bien ainsi.\n\n"
        "{seller_first}",
    ),
)
#: L’objet de la demande, selon le nombre de noms évoqués : aucun, un, deux ou plus.
SUBJECTS: tuple[tuple[str, str, str], ...] = (
    ("Une question, si vous êtes à l’aise", "Une mise en relation, si vous êtes à l’aise", "Deux mises en relation, si vous êtes à l’aise"),
    ("Qui vous vient à l’esprit ?", "Nous mettriez-vous en relation ?", "Nous mettriez-vous en relation ?"),
    ("Puis-je vous demander un service ?", "Puis-je vous demander un service ?", "Puis-je vous demander un service ?"),
)  # fmt: skip

FORWARDS: Letters = (
    (
        "Une mise en relation : {seller}[[, {ours}]]",
        "{hello_referred}\n\n{seller}[[ ({ours})]] a examiné nos questions avec nous[[ sur ce sujet : {what}]], avec soin et "
        "sans insister. {for_us} Cela vaut vingt minutes.[[ Vous pouvez écrire à {seller_email}.]]\n\n{advocate_signs}",
    ),
    (
        "Un échange avec {seller} pourrait vous être utile",
        "{hello_referred}\n\nJ’aimerais vous présenter {seller}[[ ({ours})]][[, qui connaît bien ce sujet : {what}]]. "
        "{for_us} Un premier échange vous coûte vingt minutes, et rien d’autre.[[ L’adresse : {seller_email}.]]\n\n"
        "{advocate_signs}",
    ),
    (
        "{seller} et vous",
        "{hello_referred}\n\nIl y a quelqu’un que vous devriez connaître : {seller}[[ ({ours})]]. {for_us} L’échange a été "
        "clair et honnête, alors je fais passer.[[ Vous pouvez écrire à {seller_email}.]]\n\n{advocate_signs}",
    ),
)

FIRSTS: Letters = (
    (
        "{advocate} m’a suggéré de vous écrire",
        "{hello_referred}\n\n{advocate}[[ ({advocate_company})]] m’a donné votre nom, et je vous écris à la suite de cette "
        "recommandation.[[ L’idée : {why}.]][[ Chez {ours}, nous aidons sur ce sujet : {what}.]]\n\nVingt minutes vous "
        "seraient-elles utiles ? Sinon, inutile de répondre : c’est le seul message que vous recevrez de ma part, sauf si "
        "vous en souhaitez un autre.\n\n{seller}[[\n{ours}]]",
    ),
    (
        "À la suite d’une recommandation de {advocate}",
        "{hello_referred}\n\nJe vous écris à la suite de la recommandation de {advocate}[[ ({advocate_company})]], qui a pensé "
        "qu’un échange avec nous pourrait vous être utile.[[ En quelques mots : {why}.]][[ Notre sujet : {what}.]]\n\nSi "
        "c’est le cas, quand un court appel vous conviendrait-il ? Sinon, je ne vous écrirai plus.\n\n{seller}[[\n{ours}]]",
    ),
    (
        "{advocate} a pensé à vous",
        "{hello_referred}\n\n{advocate}[[ ({advocate_company})]] a pensé à vous quand nous nous sommes parlé ; ce message vous "
        "parvient à la suite de cette recommandation.[[ L’idée : {why}.]][[ Mon métier : {what}.]]\n\nUne question pour "
        "commencer : qu’est-ce qui vous prend le plus de temps en ce moment ? Une ligne suffit, et le silence est une "
        "réponse que je respecte.\n\n{seller}[[\n{ours}]]",
    ),
)

THANKS: dict[str, Letters] = {
    "agreed": (
        ("Merci pour ce nom", "{hello}\n\nMerci de m’avoir donné un nom[[ : {referred}]]. Je sais qu’un nom est une marque de confiance, et je le traiterai comme tel. Vous saurez ce qu’il en advient.\n\n{seller_first}"),
        ("C’est gentil à vous", "{hello}\n\nRien ne vous y obligeait : merci[[ d’avoir pensé à {referred}]]. J’en prendrai soin, et je vous dirai comment cela se passe.\n\n{seller_first}"),
        ("Merci de votre confiance", "{hello}\n\nMerci de votre confiance[[, et pour le nom de {referred}]]. Je n’insisterai auprès de personne, et vous aurez de mes nouvelles.\n\n{seller_first}"),
    ),
    "introduced": (
        ("Merci pour la mise en relation", "{hello}\n\nMerci de nous avoir mis en relation[[ avec {referred}]]. Quoi qu’il en advienne, je m’en souviendrai.\n\n{seller_first}"),
        ("Votre mise en relation est arrivée", "{hello}\n\nVotre mise en relation[[ avec {referred}]] est arrivée, merci. Je commencerai par écouter, comme avec vous.\n\n{seller_first}"),
        ("Merci d’avoir ouvert une porte", "{hello}\n\nMerci d’avoir ouvert une porte[[ chez {referred}]]. Je sais ce que cela vaut, et j’y veillerai.\n\n{seller_first}"),
    ),
    "qualified": (
        ("Nous échangeons, grâce à vous", "{hello}\n\nJe tenais à vous le dire avant tout le monde : l’échange est engagé[[ avec {referred}]], grâce à vous. Merci.\n\n{seller_first}"),
        ("Votre mise en relation est devenue un échange", "{hello}\n\nUn mot pour vous dire que votre mise en relation[[ avec {referred}]] est devenue un véritable échange. Merci.\n\n{seller_first}"),
        ("Merci : c’était une bonne idée", "{hello}\n\nVous avez vu juste : l’échange est engagé[[ avec {referred}]], et il est de qualité. Merci de nous avoir réunis.\n\n{seller_first}"),
    ),
    "won": (
        ("Un nouveau client, grâce à vous", "{hello}\n\nVotre mise en relation[[ avec {referred}]] nous a valu un nouveau client. Sans vous, rien de tout cela : merci, chaleureusement.\n\n{seller_first}"),
        ("Tout a commencé avec vous", "{hello}\n\nCe qui a commencé par votre mise en relation[[ avec {referred}]] s’est conclu par un oui. Merci ; je vous dois une fière chandelle.\n\n{seller_first}"),
        ("Merci, de la part de toute l’équipe", "{hello}\n\nNous avons commencé à travailler ensemble[[ avec {referred}]], et c’est grâce à vous. Merci, de la part de toute l’équipe.\n\n{seller_first}"),
    ),
    "lost": (
        ("Cela n’a pas abouti, et merci", "{hello}\n\nVotre mise en relation[[ avec {referred}]] n’a pas conduit à un oui cette fois, et elle en valait la peine. Merci.\n\n{seller_first}"),
        ("Un mot sur votre mise en relation", "{hello}\n\nNous avons échangé[[ avec {referred}]], et cela s’est terminé par un non, en bons termes. Ma reconnaissance n’en est pas moindre : merci.\n\n{seller_first}"),
        ("Pas cette fois, mais merci", "{hello}\n\nCe ne sera pas pour cette fois[[ avec {referred}]]. Cette rencontre, je vous la dois : merci.\n\n{seller_first}"),
    ),
    "": (
        ("Merci", "{hello}\n\nMerci d’avoir pensé à nous[[, et à {referred}]]. Cela compte beaucoup.\n\n{seller_first}"),
        ("Un mot de remerciement", "{hello}\n\nJe n’oublie pas que vous nous avez mis en relation[[ avec {referred}]]. Merci.\n\n{seller_first}"),
        ("Avec mes remerciements", "{hello}\n\nUn mot de remerciement pour votre mise en relation[[ avec {referred}]]. Si je peux vous rendre la pareille un jour, dites-le-moi.\n\n{seller_first}"),
    ),
}  # fmt: skip
