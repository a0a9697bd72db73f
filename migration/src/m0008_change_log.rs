//! The change log as an API: one row for each public node, in the order of the commits, and the groups that each node
//! has belonged to.
//!
//! Before this step the log had a row for each write, numbered by a sequence, whose order is not the order of the
//! commits. This step keeps only the last row of each public node.

use sea_orm_migration::prelude::*;

use crate::table::{big_integer, create, drop, drop_index, index, integer, is_postgres, run, table, unique, uuid};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0008_change_log"
    }
}

/// The rules of visibility as they were at this step.
const PUBLIC: &[&str] = &[
    "DELETE FROM changes WHERE seq NOT IN (SELECT max(seq) FROM changes GROUP BY node_id)",
    "DELETE FROM changes WHERE node_type = 'Rsvp'",
    "DELETE FROM changes WHERE node_type = 'Event' AND operation = 'UPSERT'
        AND node_id NOT IN (SELECT id FROM events WHERE publication <> 'DRAFT')",
    "DELETE FROM changes WHERE node_type = 'Membership' AND operation = 'UPSERT'
        AND node_id NOT IN (SELECT id FROM memberships WHERE role <> 'MEMBER')",
    "DELETE FROM changes WHERE node_type = 'Talk' AND operation = 'UPSERT' AND node_id NOT IN (
        SELECT id FROM talks WHERE status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED') AND (event_id IS NULL
            OR event_id NOT IN (SELECT id FROM events WHERE publication = 'DRAFT')))",
    "DELETE FROM changes WHERE node_type = 'Sponsorship' AND operation = 'UPSERT' AND node_id NOT IN (
        SELECT id FROM sponsorships WHERE status <> 'PROPOSED' AND (event_id IS NULL
            OR event_id NOT IN (SELECT id FROM events WHERE publication = 'DRAFT')))",
    "DELETE FROM changes WHERE node_type = 'Fundraiser' AND operation = 'UPSERT' AND node_id NOT IN (
        SELECT id FROM fundraisers WHERE event_id IS NULL
            OR event_id NOT IN (SELECT id FROM events WHERE publication = 'DRAFT'))",
    "DELETE FROM changes WHERE node_type = 'Resource' AND operation = 'UPSERT' AND node_id NOT IN (
        SELECT id FROM resources WHERE event_id IN (SELECT id FROM events WHERE publication <> 'DRAFT')
            OR talk_id IN (SELECT node_id FROM changes WHERE node_type = 'Talk'))",
    "INSERT INTO change_log (id, last_seq, pruned_seq) SELECT 1, coalesce(max(seq), 0), 0 FROM changes",
];

/// The groups of each node. Each way to belong to a group is one statement.
const GROUPS: &[&str] = &[
    "SELECT id, id FROM groups",
    "SELECT id, group_id FROM memberships",
    "SELECT event_id, group_id FROM event_hosts",
    "SELECT id, group_id FROM talks WHERE group_id IS NOT NULL",
    "SELECT n.id, h.group_id FROM talks n JOIN event_hosts h ON h.event_id = n.event_id",
    "SELECT id, group_id FROM sponsorships WHERE group_id IS NOT NULL",
    "SELECT n.id, h.group_id FROM sponsorships n JOIN event_hosts h ON h.event_id = n.event_id",
    "SELECT id, group_id FROM fundraisers WHERE group_id IS NOT NULL",
    "SELECT n.id, h.group_id FROM fundraisers n JOIN event_hosts h ON h.event_id = n.event_id",
    "SELECT n.id, h.group_id FROM resources n JOIN event_hosts h ON h.event_id = n.event_id",
    "SELECT n.id, t.group_id FROM resources n JOIN talks t ON t.id = n.talk_id WHERE t.group_id IS NOT NULL",
    "SELECT n.id, h.group_id FROM resources n JOIN talks t ON t.id = n.talk_id JOIN event_hosts h ON h.event_id = t.event_id",
];

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            table("change_log")
                .col(integer("id").primary_key())
                .col(big_integer("last_seq").not_null())
                .col(big_integer("pruned_seq").not_null())
                .to_owned(),
            table("node_groups")
                .col(uuid("node_id").not_null())
                .col(uuid("group_id").not_null())
                .primary_key(Index::create().col("node_id").col("group_id"))
                .to_owned(),
        ];
        create(manager, tables, Vec::new()).await?;
        run(manager, PUBLIC).await?;
        for pairs in GROUPS {
            let statement =
                format!("INSERT INTO node_groups SELECT * FROM ({pairs}) AS pairs WHERE true ON CONFLICT DO NOTHING");
            run(manager, &[statement]).await?;
        }
        drop_index(manager, "changes", &["node_id"]).await?;
        manager.create_index(unique("changes", &["node_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "changes", &["node_id"]).await?;
        manager.create_index(index("changes", &["node_id"])).await?;
        if is_postgres(manager) {
            // The version before numbers rows by the sequence, which has not been used since this step.
            let awake = "SELECT setval(pg_get_serial_sequence('changes', 'seq'), coalesce(max(seq), 0) + 1, false) FROM changes";
            run(manager, &[awake]).await?;
        }
        drop(manager, &["change_log", "node_groups"]).await
    }
}
