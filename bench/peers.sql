-- What the peers need in addition to the database that Folkmoot made. Folkmoot and the limits own the tables, so they see none of this.

-- The peers' rules of visibility, which Folkmoot has in its code (`is_…` beside its entities), are row-level security for the
-- role with which they connect. So nobody can forget them, and they need no filter in each query.
DO $$ BEGIN CREATE ROLE visitor LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT ON groups, events, event_hosts, talks, talk_speakers, people, venues TO visitor;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS published ON events;
CREATE POLICY published ON events TO visitor USING (publication <> 'DRAFT');

-- The inner SELECT obeys row-level security, too, so it finds no draft.
ALTER TABLE talks ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS public ON talks;
CREATE POLICY public ON talks TO visitor USING (
    status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')
    AND (event_id IS NULL OR EXISTS (SELECT FROM events WHERE events.id = event_id))
);

-- The peers order by the bare columns; Folkmoot's own indexes are on expressions that hold a missing value's place.
CREATE INDEX IF NOT EXISTS peers_events_starts_at_id ON events (starts_at, id);
CREATE INDEX IF NOT EXISTS peers_talks_held_on_id ON talks (held_on, id);
CREATE INDEX IF NOT EXISTS peers_event_hosts_group_id_event_id ON event_hosts (group_id, event_id);

-- Folkmoot's slugs are unique by an index alone; PostGraphile needs a unique constraint to find a row by it.
COMMENT ON TABLE groups IS '@unique slug';
COMMENT ON TABLE events IS '@unique slug';
COMMENT ON TABLE people IS '@unique slug';
