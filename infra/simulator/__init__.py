"""Providers to test and demonstrate with, made of nothing of ours.

    __main__, server    the command; the ready line; signals
    app                 everything put together
    registry            the providers that are simulated
    providers           their words and paths: orders in, task bodies out
    desk                takes an order, finds a task
    task, task_shelf    what is known of a task; the bounded memory of them
    workshop            waits while a task "works", then calls back
    callbacks           one callback with its tries
    media, answers      the links, and answers that misbehave
    gallery, pictures   the images: kept a while; drawn
    faults              the switches for what goes wrong
    control             the door for tests: switches, heal, what was asked and sent

It runs as a process of its own and imports nothing from `archive`, `providers`, `receiver` or
`workers`, so that a mistake in those cannot hide behind the same mistake here.
"""
