"""Les au revoir en français : courts, chaleureux, sans reproche ; la porte reste ouverte."""

from __future__ import annotations

FRENCH: tuple[tuple[str, str], ...] = (
    (
        "Je cesse de vous relancer ; la porte reste ouverte",
        "{hello}\n\nJe vous ai écrit plusieurs fois[[ au sujet de « {deal} »]], et je crois que ce n’est pas le "
        "moment. Je cesse de vous relancer : votre messagerie respirera un peu.\n\nLa porte reste ouverte. Si les "
        "choses changent, un mot suffit.[[\n\nJe vous souhaite une belle suite chez {company}.]]\n\n{seller_first}",
    ),
    (
        "Je referme ce dossier en douceur",
        "{hello}\n\n[[D’autres sujets passent avant « {deal} » en ce moment, et c’est bien normal.]] Je referme le "
        "dossier de mon côté et ne vous relancerai plus.\n\nMerci pour le temps que vous m’avez accordé. Si les choses "
        "changent, un mot suffit, et je suis là.\n\n{seller_first}",
    ),
    (
        "Merci, et à plus tard",
        "{hello}\n\nNe pas répondre est aussi une réponse, et elle me va : vous avez déjà beaucoup à faire. [[Je "
        "mets « {deal} » de côté aujourd’hui.]]\n\nRien n’est perdu : ce que nous avons regardé ensemble est conservé. "
        "Si les choses changent, un mot suffit.\n\nAvec mes remerciements,\n{seller_first}",
    ),
)  # fmt: skip
