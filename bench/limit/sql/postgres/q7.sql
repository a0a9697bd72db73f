WITH event AS MATERIALIZED (
    SELECT id, slug, name, events.starts_at, status,
        coalesce(events.starts_at, '0001-01-01T00:00:00+00:00'::timestamptz) AS place
    FROM event_hosts JOIN events ON id = event_id
    WHERE group_id = (SELECT id FROM groups WHERE slug = $1) AND publication <> 'DRAFT'
        AND status IN (SELECT json_array_elements_text($2::text::json))
)
SELECT json_build_object('data', json_build_object('events', json_build_object(
    'totalCount', (SELECT count(*) FROM event),
    'nodes', coalesce((
        SELECT json_agg(
            json_build_object(
                'slug', slug,
                'name', name,
                'startsAt', to_char(starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'status', status
            )
        )
        FROM (SELECT * FROM event ORDER BY place DESC, id DESC LIMIT 20) AS page
    ), '[]')
)))::text
