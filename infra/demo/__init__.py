"""The demo: tasks of a simulated provider go through a stack of their own, and one sees what becomes of them.

__main__    the command: `python -m infra.demo`; DEMO_EXIT=1 ends by itself
story       the steps, in the order in which they are told
wish        what is ordered, and what is to become of it
studio      the simulated provider, as its customer sees it
follow      looks into the bucket until a task has ended
screen      what is shown
"""
