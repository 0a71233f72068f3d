from django.apps import AppConfig


class LoopConfig(AppConfig):
    name = "rebond.loop"
    label = "loop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Practices never import each other: here one is told where the other's list is."""
        from rebond.celebrate.known import set_referred
        from rebond.channels import held
        from rebond.deals import heard
        from rebond.facts.freshness import contacts_written
        from rebond.learn import taxonomy
        from rebond.loop import advocates_in_touch, asks_about
        from rebond.loop.actions import before_it_is_done, taken_back_there
        from rebond.loop.cheatsheet.mailing import register_sheet
        from rebond.loop.goodbye.mail import register_goodbye
        from rebond.loop.prices import prices_for
        from rebond.loop.reasons import codes_of
        from rebond.loop.restored import for_chat
        from rebond.nurture import doing
        from rebond.nurture.cadence import codes
        from rebond.nurture.library import reasons
        from rebond.refer import known, moved, reason_names
        from rebond.refer.queries.chain import by_introduction
        from rebond.worth import priced

        held.set_source(for_chat())
        register_sheet()
        register_goodbye()
        reasons.set_source(taxonomy.current)
        reason_names.set_source(taxonomy.current)
        priced.set_source(prices_for)
        codes.set_source(codes_of)
        known.set_source(asks_about.about, pleas=asks_about.pleading)
        set_referred(by_introduction)
        moved.listen(advocates_in_touch.after)
        heard.listen(contacts_written)
        doing.listen(before=before_it_is_done, back=taken_back_there)
