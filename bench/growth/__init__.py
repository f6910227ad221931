"""The growth: what a task costs while the bucket fills, and what two processes do that one does not, all in turn.

measure           the part: houses beside each other, and what a task costs in each
bursts            what is measured of a house in a round: tasks one by one, and many at the same time
two               one receiver and two under the same load
seed              a bucket with so many tasks, written once and copied before it is used
contents          what stands in it, and the entries that wait
writer            objects by the ten thousand
"""
