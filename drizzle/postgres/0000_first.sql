CREATE TABLE "submission_events" (
	"submission_id" text NOT NULL,
	"seq" integer NOT NULL,
	"at" bigint NOT NULL,
	"data" json NOT NULL,
	CONSTRAINT "submission_events_pk" PRIMARY KEY("submission_id","seq")
);
--> statement-breakpoint
CREATE TABLE "items" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"section" text NOT NULL,
	"removed" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "learners" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"settings" json NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"learner_id" text NOT NULL,
	"item_id" text NOT NULL,
	"standing" text NOT NULL,
	"rating" text NOT NULL,
	"origin" text NOT NULL,
	"submission_id" text,
	"answered_at" bigint NOT NULL,
	"duration_ms" bigint NOT NULL,
	"time_zone" text NOT NULL,
	"rollover_hour" integer NOT NULL,
	"study_day" text NOT NULL,
	"state_before" text NOT NULL,
	"stability_before" double precision NOT NULL,
	"before" json NOT NULL,
	"after" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "states" (
	"learner_id" text NOT NULL,
	"item_id" text NOT NULL,
	"version" integer NOT NULL,
	"state" text NOT NULL,
	"stability" double precision NOT NULL,
	"difficulty" double precision NOT NULL,
	"due_at" bigint NOT NULL,
	"due_day" text NOT NULL,
	"last_review_at" bigint,
	"last_review_day" text,
	"scheduled_days" integer NOT NULL,
	"learning_step" integer NOT NULL,
	"reps" integer NOT NULL,
	"lapses" integer NOT NULL,
	"suspended" boolean NOT NULL,
	"buried_until_day" text,
	"leech" boolean NOT NULL,
	"edited_version" integer NOT NULL,
	"median_duration_ms" bigint,
	CONSTRAINT "states_pk" PRIMARY KEY("learner_id","item_id")
);
--> statement-breakpoint
CREATE TABLE "submissions" (
	"id" text PRIMARY KEY NOT NULL,
	"learner_id" text NOT NULL,
	"exercise_id" text NOT NULL,
	"language" text NOT NULL,
	"code" text NOT NULL,
	"active_ms" bigint,
	"status" text NOT NULL,
	"verdict" text,
	"result" json,
	"operator_log" json,
	"seed" text NOT NULL,
	"suite_hash" text,
	"attempts" integer NOT NULL,
	"fence" integer NOT NULL,
	"lease_until" bigint,
	"not_before" bigint NOT NULL,
	"cancel_requested" boolean NOT NULL,
	"created_at" bigint NOT NULL,
	"started_at" bigint,
	"finished_at" bigint
);
--> statement-breakpoint
ALTER TABLE "submission_events" ADD CONSTRAINT "submission_events_submission_id_submissions_id_fk" FOREIGN KEY ("submission_id") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_learner_id_learners_id_fk" FOREIGN KEY ("learner_id") REFERENCES "public"."learners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_submission_id_submissions_id_fk" FOREIGN KEY ("submission_id") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "states" ADD CONSTRAINT "states_learner_id_learners_id_fk" FOREIGN KEY ("learner_id") REFERENCES "public"."learners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "states" ADD CONSTRAINT "states_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_learner_id_learners_id_fk" FOREIGN KEY ("learner_id") REFERENCES "public"."learners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "reviews_by_id" ON "reviews" USING btree ("id");--> statement-breakpoint
CREATE INDEX "reviews_by_day" ON "reviews" USING btree ("learner_id","standing","study_day","duration_ms");--> statement-breakpoint
CREATE INDEX "reviews_by_item" ON "reviews" USING btree ("learner_id","item_id","answered_at");--> statement-breakpoint
CREATE INDEX "reviews_by_instant" ON "reviews" USING btree ("learner_id","answered_at");--> statement-breakpoint
CREATE INDEX "reviews_by_order" ON "reviews" USING btree ("learner_id","seq");--> statement-breakpoint
CREATE INDEX "reviews_by_submission" ON "reviews" USING btree ("submission_id");--> statement-breakpoint
CREATE INDEX "submissions_by_status" ON "submissions" USING btree ("status","created_at");--> statement-breakpoint
CREATE INDEX "submissions_by_exercise" ON "submissions" USING btree ("learner_id","exercise_id","created_at");--> statement-breakpoint
CREATE INDEX "submissions_by_learner" ON "submissions" USING btree ("learner_id","created_at");