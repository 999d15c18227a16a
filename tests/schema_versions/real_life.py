"""What real databases add to the platform's tables (okr, section 1), in every database of these tests.

The trigger on role_assignments, tables that okrseed neither reads nor writes with foreign keys into ours, more
columns that may be left out, one more index, triggers that harm nobody; on request row-level security.
"""

from __future__ import annotations

from collections.abc import Iterable

OTHER_TABLES = ("activities", "audit_logs", "tags", "objective_tags", "share_links", "user_layouts")

OWN_COLUMNS: dict[str, dict[str, object]] = {
    "organizations": {"billingPlan": "free"},
    "users": {"lastLoginAt": None},
    "objectives": {"externalRef": None},
    "check_ins": {"mood": None},
}
"""The columns that we add below, and what a row has there that was written without them."""

ROLE_SCOPES = (
    """
    CREATE FUNCTION role_scope_exists() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    DECLARE
        found boolean;
    BEGIN
        CASE NEW."scopeType"
            WHEN 'PLATFORM' THEN found := NEW."scopeId" IS NULL;
            WHEN 'TENANT' THEN found := EXISTS (SELECT FROM organizations WHERE id = NEW."scopeId");
            WHEN 'WORKSPACE' THEN found := EXISTS (SELECT FROM workspaces WHERE id = NEW."scopeId");
            WHEN 'TEAM' THEN found := EXISTS (SELECT FROM teams WHERE id = NEW."scopeId");
        END CASE;
        IF NOT found THEN
            RAISE EXCEPTION 'role_assignments: % % does not exist', NEW."scopeType", NEW."scopeId"
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER role_scope BEFORE INSERT OR UPDATE ON role_assignments FOR EACH ROW "
    "EXECUTE FUNCTION role_scope_exists()",
)

_TABLES = (
    """CREATE TABLE activities (id text PRIMARY KEY, "userId" text NOT NULL REFERENCES users ON DELETE CASCADE,
        "entityType" text NOT NULL, "entityId" text NOT NULL, "createdAt" timestamp(3) NOT NULL DEFAULT now())""",
    """CREATE TABLE audit_logs (id bigserial PRIMARY KEY, "actorUserId" text REFERENCES users ON DELETE SET NULL,
        "organizationId" text NOT NULL REFERENCES organizations ON DELETE CASCADE, action text NOT NULL)""",
    """CREATE TABLE tags (id text PRIMARY KEY, name text NOT NULL,
        "organizationId" text NOT NULL REFERENCES organizations ON DELETE CASCADE)""",
    """CREATE TABLE objective_tags ("objectiveId" text REFERENCES objectives ON DELETE CASCADE,
        "tagId" text REFERENCES tags ON DELETE CASCADE, PRIMARY KEY ("objectiveId", "tagId"))""",
    """CREATE TABLE share_links (id text PRIMARY KEY, "keyResultId" text REFERENCES key_results ON DELETE RESTRICT,
        "createdBy" text NOT NULL REFERENCES users ON DELETE CASCADE)""",
    """CREATE TABLE user_layouts ("userId" text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
        layout jsonb NOT NULL DEFAULT '{}')""",
)

_COLUMNS = (
    """ALTER TABLE organizations ADD COLUMN "billingPlan" text NOT NULL DEFAULT 'free'""",
    'ALTER TABLE users ADD COLUMN "lastLoginAt" timestamp(3)',
    'ALTER TABLE users ADD COLUMN "emailLower" text GENERATED ALWAYS AS (lower(email)) STORED',
    'ALTER TABLE objectives ADD COLUMN "externalRef" text',
    'ALTER TABLE check_ins ADD COLUMN mood "OKRStatus"',
)

_MORE = (
    'CREATE INDEX "users_lower_email_idx" ON users (lower(email))',
    "CREATE FUNCTION nothing_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE TRIGGER each_objective BEFORE INSERT OR UPDATE ON objectives FOR EACH ROW EXECUTE FUNCTION nothing_more()",
    "CREATE TRIGGER all_check_ins AFTER INSERT ON check_ins FOR EACH STATEMENT EXECUTE FUNCTION nothing_more()",
)

SURROUNDINGS = (*_TABLES, *_COLUMNS, *_MORE, *ROLE_SCOPES)


def row_security(tables: Iterable[str], role: str) -> list[str]:
    """Row-level security on tables, with one policy that lets a role do everything; it owns nothing."""
    statements = []
    for table in tables:
        statements += [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'CREATE POLICY "{table}_of_the_app" ON "{table}" FOR ALL TO "{role}" USING (true) WITH CHECK (true)',
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO "{role}"',
        ]
    return statements
