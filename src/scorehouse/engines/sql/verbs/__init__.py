"""The verbs, as plain functions of a Transaction: check first, then write.

scores         record, revise, forget          places         where a score belongs
traces         anchor, forget                  judges         the evaluators and configs it names
registry       put configs and evaluators      idempotency    requests that may come again
access         projects and keys               feed           places in the change feed
retention      policies, and what they remove
"""
