"""A witness from outside the Node world: PyMongo, unchanged, against the embedded server.

    npm run db                                    # prints MONGODB_URI=...
    python3 embedded-mongodb/test/pymongo_witness.py "mongodb://..."

Works with PyMongo 3.11 (Debian's python3-pymongo) and later. Uses and drops the database "witness".
"""

import datetime
import sys

import bson
import pymongo
from pymongo import errors


def refused(code, call):
    try:
        call()
    except errors.OperationFailure as error:
        assert error.code == code, (code, error.code, error.details)
        return error.details
    raise AssertionError("expected a refusal with code %d" % code)


def main(uri):
    client = pymongo.MongoClient(uri, serverSelectionTimeoutMS=5000)
    client.drop_database("witness")
    db = client["witness"]
    users = db["users"]

    users.create_index([("email", 1)], unique=True)
    users.create_index([("seen", 1)], expireAfterSeconds=3600)
    assert set(users.index_information()) == {"_id_", "email_1", "seen_1"}

    users.insert_many({"email": "u%d" % n, "n": n, "f": float(n), "big": bson.Int64(n)} for n in range(500))
    assert users.count_documents({}) == users.estimated_document_count() == 500
    assert [u["n"] for u in users.find({"n": {"$gte": 490}}).sort("n", -1).limit(3)] == [499, 498, 497]
    assert len(list(users.find(batch_size=7))) == 500
    details = refused(11000, lambda: users.insert_one({"email": "u1"}))
    assert details["keyPattern"] == {"email": 1} and details["keyValue"] == {"email": "u1"}, details

    users.update_one({"n": 1}, {"$set": {"x": 1}, "$inc": {"n": 1000}, "$currentDate": {"seen": True}})
    user = users.find_one({"email": "u1"})
    assert user["n"] == 1001 and isinstance(user["n"], int) and isinstance(user["seen"], datetime.datetime)
    assert isinstance(user["f"], float) and isinstance(user["big"], bson.Int64)

    counter = db["counters"]
    for n in (1, 2):
        after = counter.find_one_and_update(
            {"_id": "c"}, {"$inc": {"n": 1}}, upsert=True, return_document=pymongo.ReturnDocument.AFTER)
        assert after == {"_id": "c", "n": n}

    result = users.bulk_write([
        pymongo.InsertOne({"email": "new"}),
        pymongo.UpdateMany({"n": {"$lt": 10}}, {"$push": {"tags": "low"}}),
        pymongo.DeleteOne({"email": "u400"}),
    ])
    assert (result.inserted_count, result.modified_count, result.deleted_count) == (1, 9, 1)
    assert users.distinct("tags") == ["low"]
    groups = list(users.aggregate([{"$match": {"tags": "low"}}, {"$group": {"_id": None, "n": {"$sum": "$n"}}}]))
    assert groups == [{"_id": None, "n": 44}], groups

    refused(59, lambda: db.command("noSuchCommand"))
    refused(2, lambda: users.find_one({"n": {"$foo": 1}}))
    if pymongo.version_tuple[0] == 3:  # later ones read such cursors by OP_MSG
        refused(352, lambda: list(users.find(cursor_type=pymongo.CursorType.EXHAUST)))
    with client.start_session() as session:
        users.find_one(session=session)
        try:
            with session.start_transaction():
                users.insert_one({"email": "t"}, session=session)
            raise AssertionError("expected a refused transaction")
        except errors.PyMongoError:
            pass

    assert sorted(db.list_collection_names()) == ["counters", "users"]
    assert client.server_info()["ok"] == 1
    client.drop_database("witness")
    assert "witness" not in client.list_database_names()
    print("PyMongo %s: all as expected" % pymongo.version)


if __name__ == "__main__":
    main(sys.argv[1])
