WITH event AS MATERIALIZED (
    SELECT id, slug, name, events.starts_at, status,
        coalesce(events.starts_at, '0001-01-01T00:00:00+00:00') AS place
    FROM event_hosts JOIN events ON id = event_id
    WHERE group_id = (SELECT id FROM groups WHERE slug = ?1) AND publication <> 'DRAFT'
        AND status IN (SELECT value FROM json_each(?2))
)
SELECT json_object('data', json_object('events', json_object(
    'totalCount', (SELECT count(*) FROM event),
    'nodes', (
        SELECT json_group_array(
            json_object(
                'slug', slug,
                'name', name,
                'startsAt', replace(starts_at, '+00:00', 'Z'),
                'status', status
            )
        )
        FROM (SELECT * FROM event ORDER BY place DESC, id DESC LIMIT 20) AS page
    )
)))
