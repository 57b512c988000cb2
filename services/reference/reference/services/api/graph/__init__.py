"""The gateway's GraphQL: `schema.graphql` is the contract, `fields` finds what it promises.

Imported when the first query comes: it takes a quarter of a second, which most processes never
need.
"""
