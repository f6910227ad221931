"""The growth: what a task costs while the bucket fills, and what two processes do that one does not.

measure           the part: what is in the bucket, and what a task costs then
bursts            what is measured of a house: tasks one by one, and many at the same time
two               one worker and two on the same work, one receiver and two under the same load
seed              a bucket with so many tasks, written once and copied before it is used
contents          what stands in it, and the entries that wait
writer            objects by the ten thousand
"""
