WITH page AS MATERIALIZED (
    SELECT id, slug, name, starts_at,
        coalesce(starts_at, '9999-12-31T00:00:00+00:00'::timestamptz) AS place, row_number() OVER () AS number
    FROM (
        SELECT id, slug, name, starts_at
        FROM events
        WHERE (coalesce(starts_at, '9999-12-31T00:00:00+00:00'::timestamptz), id) > ($1::text::timestamptz, $2::text::uuid)
            AND publication <> 'DRAFT'
        ORDER BY coalesce(starts_at, '9999-12-31T00:00:00+00:00'::timestamptz), id
        LIMIT 51
    ) AS event
)
SELECT
    (
        SELECT json_agg(
            json_build_object(
                'slug', event.slug,
                'name', event.name,
                'startsAt', to_char(event.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'hosts', coalesce((
                    SELECT json_agg(
                        json_build_object('role', role, 'group', json_build_object('name', name))
                        ORDER BY position
                    )
                    FROM event_hosts JOIN groups ON id = group_id
                    WHERE event_id = event.id
                ), '[]')
            )
            ORDER BY number
        )
        FROM page AS event
        WHERE number <= 50
    )::text,
    (SELECT count(*) > 50 FROM page)::text,
    (
        SELECT '["STARTS_AT","+","' || to_char(place, 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00","' || id || '"]'
        FROM page
        WHERE number <= 50
        ORDER BY number DESC
        LIMIT 1
    )
