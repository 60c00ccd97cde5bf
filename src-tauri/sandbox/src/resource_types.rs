//! The table of resource types.
//!
//! In `id` and `attributes`: `{name}` the name that the template chose or CloudFormation drew, `{lower}` the
//! same in lower case, `{id}` the physical id, `{hex}` 17 hex digits, `{version}` a number, `{at}` `region:account`, `{Prop|x}` a
//! property's value or x; the rest as it reads. Sources: the resource types' pages in the
//! CloudFormation template reference ("Return values", "Update requires: Replacement").

/// One row of the table.
pub(crate) struct Type {
    pub(crate) name: &'static str,
    /// The physical id, which is also what `Ref` gives.
    pub(crate) id: &'static str,
    pub(crate) name_property: &'static str,
    /// Properties that need a replacement, besides the name.
    pub(crate) replaced_by: &'static str,
    /// `Name=pattern`, or `Name=[pattern,pattern]` for a list, separated by spaces.
    pub(crate) attributes: &'static str,
}

const fn row(
    name: &'static str,
    id: &'static str,
    name_property: &'static str,
    replaced_by: &'static str,
    attributes: &'static str,
) -> Type {
    Type { name, id, name_property, replaced_by, attributes }
}

#[rustfmt::skip]
pub(crate) const TYPES: &[Type] = &[
    // Network
    row("AWS::EC2::VPC", "vpc-{hex}", "", "CidrBlock Ipv4IpamPoolId", "VpcId={id} CidrBlock={CidrBlock} DefaultNetworkAcl=acl-{hex} DefaultSecurityGroup=sg-{hex} CidrBlockAssociations=[vpc-cidr-assoc-{hex}] Ipv6CidrBlocks=[]"),
    row("AWS::EC2::Subnet", "subnet-{hex}", "", "VpcId CidrBlock AvailabilityZone Ipv6CidrBlock", "SubnetId={id} VpcId={VpcId} CidrBlock={CidrBlock} AvailabilityZone={az} NetworkAclAssociationId=aclassoc-{hex}"),
    row("AWS::EC2::InternetGateway", "igw-{hex}", "", "", "InternetGatewayId={id}"),
    row("AWS::EC2::VPCGatewayAttachment", "IGW|{VpcId}", "", "VpcId", "AttachmentType=IGW"),
    row("AWS::EC2::NatGateway", "nat-{hex}", "", "SubnetId AllocationId ConnectivityType", "NatGatewayId={id} EniId=eni-{hex}"),
    row("AWS::EC2::EIP", "54.{address}", "", "Domain NetworkBorderGroup", "AllocationId=eipalloc-{hex} PublicIp={id}"),
    row("AWS::EC2::RouteTable", "rtb-{hex}", "", "VpcId", "RouteTableId={id}"),
    row("AWS::EC2::Route", "{RouteTableId}|{DestinationCidrBlock}", "", "RouteTableId DestinationCidrBlock", "CidrBlock={DestinationCidrBlock}"),
    row("AWS::EC2::SubnetRouteTableAssociation", "rtbassoc-{hex}", "", "SubnetId", "Id={id}"),
    row("AWS::EC2::SecurityGroup", "sg-{hex}", "", "GroupName GroupDescription VpcId", "GroupId={id} Id={id} VpcId={VpcId}"),
    row("AWS::EC2::SecurityGroupIngress", "sgr-{hex}", "", "GroupId CidrIp FromPort ToPort IpProtocol SourceSecurityGroupId", "Id={id}"),
    row("AWS::EC2::SecurityGroupEgress", "sgr-{hex}", "", "GroupId CidrIp FromPort ToPort IpProtocol", "Id={id}"),
    row("AWS::EC2::NetworkAcl", "acl-{hex}", "", "VpcId", "Id={id}"),
    row("AWS::EC2::VPCEndpoint", "vpce-{hex}", "", "VpcId ServiceName VpcEndpointType", "Id={id} CreationTimestamp=2025-01-01T00:00:00Z DnsEntries=[{region}:vpce.{suffix}] NetworkInterfaceIds=[eni-{hex}]"),
    row("AWS::EC2::FlowLog", "fl-{hex}", "", "ResourceId ResourceType TrafficType LogDestination LogGroupName", "Id={id}"),
    row("AWS::EC2::Instance", "i-{hex}", "", "ImageId KeyName SubnetId AvailabilityZone", "InstanceId={id} PrivateIp=10.{address} PublicIp=54.{address} PrivateDnsName={lowrandom}.{region}.compute.internal PublicDnsName=ec2-{lowrandom}.{region}.compute.{suffix} AvailabilityZone={az} VpcId=vpc-{hex}"),
    row("AWS::EC2::LaunchTemplate", "lt-{hex}", "", "LaunchTemplateName", "LaunchTemplateId={id} LatestVersionNumber=1 DefaultVersionNumber=1"),
    row("AWS::EC2::Volume", "vol-{hex}", "", "AvailabilityZone Encrypted KmsKeyId", "VolumeId={id}"),
    row("AWS::EC2::KeyPair", "{name}", "KeyName", "KeyType PublicKeyMaterial", "KeyPairId=key-{hex} KeyFingerprint={uuid}"),
    // Identity
    row("AWS::IAM::Role", "{name}", "RoleName", "Path", "Arn=arn:{partition}:iam::{account}:role/{name} RoleId=AROA{random}XYZ"),
    row("AWS::IAM::Policy", "{name}", "", "", "Id={id}"),
    row("AWS::IAM::ManagedPolicy", "arn:{partition}:iam::{account}:policy/{name}", "ManagedPolicyName", "Path Description", "PolicyArn={id} PolicyId=ANPA{random}XYZ"),
    row("AWS::IAM::InstanceProfile", "{name}", "InstanceProfileName", "Path", "Arn=arn:{partition}:iam::{account}:instance-profile/{name}"),
    row("AWS::IAM::User", "{name}", "UserName", "", "Arn=arn:{partition}:iam::{account}:user/{name}"),
    row("AWS::IAM::Group", "{name}", "GroupName", "", "Arn=arn:{partition}:iam::{account}:group/{name}"),
    row("AWS::KMS::Key", "{uuid}", "", "", "Arn=arn:{partition}:kms:{at}:key/{id} KeyId={id}"),
    row("AWS::KMS::Alias", "{name}", "AliasName", "", ""),
    row("AWS::SecretsManager::Secret", "arn:{partition}:secretsmanager:{at}:secret:{name}-{random}", "Name", "", "Id={id}"),
    row("AWS::SSM::Parameter", "{name}", "Name", "", "Type={Type} Value={Value}"),
    row("AWS::CertificateManager::Certificate", "arn:{partition}:acm:{at}:certificate/{uuid}", "", "DomainName SubjectAlternativeNames", ""),
    row("AWS::Cognito::UserPool", "{region}_{random}", "", "", "Arn=arn:{partition}:cognito-idp:{at}:userpool/{id} ProviderName=cognito-idp.{region}.{suffix}/{id} ProviderURL=https://cognito-idp.{region}.{suffix}/{id} UserPoolId={id}"),
    row("AWS::Cognito::UserPoolClient", "{lowrandom}", "", "UserPoolId", "ClientId={id}"),
    row("AWS::WAFv2::WebACL", "{name}|{uuid}|{Scope}", "Name", "Scope", "Arn=arn:{partition}:wafv2:{at}:regional/webacl/{uuid} Id={uuid} Capacity=100"),
    row("AWS::GuardDuty::Detector", "{lowrandom}{lowrandom}", "", "", "Id={id}"),
    row("AWS::CloudTrail::Trail", "{name}", "TrailName", "", "Arn=arn:{partition}:cloudtrail:{at}:trail/{id}"),
    // Storage
    row("AWS::S3::Bucket", "{lower}", "BucketName", "", "Arn=arn:{partition}:s3:::{id} DomainName={id}.s3.{suffix} RegionalDomainName={id}.s3.{region}.{suffix} DualStackDomainName={id}.s3.dualstack.{region}.{suffix} WebsiteURL=http://{id}.s3-website-{region}.{suffix}"),
    row("AWS::S3::BucketPolicy", "{Bucket}", "", "Bucket", ""),
    row("AWS::EFS::FileSystem", "fs-{hex}", "", "Encrypted KmsKeyId PerformanceMode", "Arn=arn:{partition}:elasticfilesystem:{at}:file-system/{id} FileSystemId={id}"),
    row("AWS::EFS::MountTarget", "fsmt-{hex}", "", "FileSystemId SubnetId IpAddress", "Id={id} IpAddress=10.{address}"),
    row("AWS::EFS::AccessPoint", "fsap-{hex}", "", "FileSystemId PosixUser RootDirectory", "Arn=arn:{partition}:elasticfilesystem:{at}:access-point/{id} AccessPointId={id}"),
    row("AWS::ECR::Repository", "{lower}", "RepositoryName", "EncryptionConfiguration", "Arn=arn:{partition}:ecr:{at}:repository/{id} RepositoryUri={account}.dkr.ecr.{region}.{suffix}/{id}"),
    row("AWS::Backup::BackupVault", "{name}", "BackupVaultName", "EncryptionKeyArn", "BackupVaultName={id} BackupVaultArn=arn:{partition}:backup:{at}:backup-vault:{id}"),
    row("AWS::Backup::BackupPlan", "{uuid}", "", "", "BackupPlanId={id} BackupPlanArn=arn:{partition}:backup:{at}:backup-plan:{id} VersionId={lowrandom}"),
    // Databases
    row("AWS::RDS::DBInstance", "{lower}", "DBInstanceIdentifier", "Engine DBName MasterUsername StorageEncrypted KmsKeyId DBSubnetGroupName AvailabilityZone", "Endpoint.Address={id}.{lowrandom}.{region}.rds.{suffix} Endpoint.Port={Port|5432} DBInstanceArn=arn:{partition}:rds:{at}:db:{id} DbiResourceId=db-{random} MasterUserSecret.SecretArn=arn:{partition}:secretsmanager:{at}:secret:rds!db-{uuid}"),
    row("AWS::RDS::DBCluster", "{lower}", "DBClusterIdentifier", "Engine DatabaseName MasterUsername StorageEncrypted KmsKeyId DBSubnetGroupName", "Endpoint.Address={id}.cluster-{lowrandom}.{region}.rds.{suffix} Endpoint.Port={Port|5432} ReadEndpoint.Address={id}.cluster-ro-{lowrandom}.{region}.rds.{suffix} DBClusterArn=arn:{partition}:rds:{at}:cluster:{id} DBClusterResourceId=cluster-{random} MasterUserSecret.SecretArn=arn:{partition}:secretsmanager:{at}:secret:rds!cluster-{uuid}"),
    row("AWS::RDS::DBSubnetGroup", "{lower}", "DBSubnetGroupName", "", ""),
    row("AWS::RDS::DBParameterGroup", "{lower}", "DBParameterGroupName", "Family Description", "DBParameterGroupName={id}"),
    row("AWS::DynamoDB::Table", "{name}", "TableName", "KeySchema LocalSecondaryIndexes", "Arn=arn:{partition}:dynamodb:{at}:table/{id} StreamArn=arn:{partition}:dynamodb:{at}:table/{id}/stream/2025-01-01T00:00:00.000"),
    row("AWS::ElastiCache::SubnetGroup", "{lower}", "CacheSubnetGroupName", "", ""),
    row("AWS::ElastiCache::ReplicationGroup", "{lower}", "ReplicationGroupId", "CacheSubnetGroupName AtRestEncryptionEnabled Port", "PrimaryEndPoint.Address={id}.{lowrandom}.cache.{suffix} PrimaryEndPoint.Port={Port|6379} ConfigurationEndPoint.Address={id}.{lowrandom}.clustercfg.cache.{suffix} ConfigurationEndPoint.Port={Port|6379}"),
    row("AWS::OpenSearchService::Domain", "{lower}", "DomainName", "", "Arn=arn:{partition}:es:{at}:domain/{id} DomainEndpoint=search-{id}-{lowrandom}.{region}.es.{suffix}"),
    // Compute
    row("AWS::Lambda::Function", "{name}", "FunctionName", "PackageType", "Arn=arn:{partition}:lambda:{at}:function:{id}"),
    row("AWS::Lambda::Permission", "{name}", "", "FunctionName Action Principal SourceArn SourceAccount", "Id={id}"),
    row("AWS::Lambda::Version", "arn:{partition}:lambda:{at}:function:{FunctionName}:1", "", "FunctionName", "Version=1 FunctionArn={id}"),
    row("AWS::Lambda::EventSourceMapping", "{uuid}", "", "EventSourceArn", "Id={id}"),
    row("AWS::Lambda::LayerVersion", "arn:{partition}:lambda:{at}:layer:{name}:{version}", "LayerName", "Content", "LayerVersionArn={id}"),
    row("AWS::ECS::Cluster", "{name}", "ClusterName", "", "Arn=arn:{partition}:ecs:{at}:cluster/{id}"),
    row("AWS::ECS::TaskDefinition", "arn:{partition}:ecs:{at}:task-definition/{name}:{version}", "Family", "ContainerDefinitions Cpu Memory NetworkMode ExecutionRoleArn TaskRoleArn Volumes RequiresCompatibilities RuntimePlatform", "TaskDefinitionArn={id}"),
    row("AWS::ECS::Service", "arn:{partition}:ecs:{at}:service/{Cluster|default}/{name}", "ServiceName", "Cluster LaunchType SchedulingStrategy", "ServiceArn={id} Name={name}"),
    row("AWS::EKS::Cluster", "{name}", "Name", "RoleArn", "Arn=arn:{partition}:eks:{at}:cluster/{id} Endpoint=https://{random}.gr7.{region}.eks.{suffix} ClusterSecurityGroupId=sg-{hex}"),
    row("AWS::AutoScaling::AutoScalingGroup", "{name}", "AutoScalingGroupName", "", ""),
    row("AWS::AutoScaling::ScalingPolicy", "arn:{partition}:autoscaling:{at}:scalingPolicy:{uuid}:policyName/{name}", "", "", "Arn={id} PolicyName={name}"),
    row("AWS::ApplicationAutoScaling::ScalableTarget", "{ResourceId}|{ScalableDimension}|{ServiceNamespace}", "", "ResourceId ScalableDimension ServiceNamespace", "Id={id}"),
    row("AWS::ApplicationAutoScaling::ScalingPolicy", "arn:{partition}:autoscaling:{at}:scalingPolicy:{uuid}:policyName/{name}", "PolicyName", "", "Arn={id}"),
    row("AWS::ElasticLoadBalancingV2::LoadBalancer", "arn:{partition}:elasticloadbalancing:{at}:loadbalancer/app/{name}/{lowrandom}", "Name", "Scheme Type", "LoadBalancerArn={id} DNSName=lb-{lowrandom}.{region}.elb.{suffix} CanonicalHostedZoneID=Z{random} LoadBalancerFullName=app/lb/{name} LoadBalancerName={name} SecurityGroups=[sg-{hex}]"),
    row("AWS::ElasticLoadBalancingV2::TargetGroup", "arn:{partition}:elasticloadbalancing:{at}:targetgroup/{name}/{lowrandom}", "Name", "Port Protocol VpcId TargetType ProtocolVersion", "TargetGroupArn={id} TargetGroupFullName=targetgroup/{name} TargetGroupName={name}"),
    row("AWS::ElasticLoadBalancingV2::Listener", "arn:{partition}:elasticloadbalancing:{at}:listener/app/{lowrandom}/{hex}", "", "LoadBalancerArn", "ListenerArn={id}"),
    row("AWS::ElasticLoadBalancingV2::ListenerRule", "arn:{partition}:elasticloadbalancing:{at}:listener-rule/app/{lowrandom}/{hex}", "", "ListenerArn", "RuleArn={id}"),
    row("AWS::StepFunctions::StateMachine", "arn:{partition}:states:{at}:stateMachine:{name}", "StateMachineName", "StateMachineType", "Arn={id} Name={name}"),
    // Edge
    row("AWS::CloudFront::Distribution", "E{random}", "", "", "DomainName={lowrandom}.cloudfront.net Id={id}"),
    row("AWS::CloudFront::OriginAccessControl", "E{random}", "", "", "Id={id}"),
    row("AWS::Route53::HostedZone", "Z{random}", "", "Name", "Id={id} NameServers=[ns-101.awsdns-12.com,ns-602.awsdns-11.net,ns-1203.awsdns-22.org,ns-1804.awsdns-33.co.uk]"),
    row("AWS::Route53::RecordSet", "{Name}", "", "Name Type HostedZoneId HostedZoneName", ""),
    row("AWS::ApiGateway::RestApi", "{lowrandom}", "", "", "RestApiId={id} RootResourceId={lowrandom}"),
    row("AWS::ApiGatewayV2::Api", "{lowrandom}", "", "ProtocolType", "ApiId={id} ApiEndpoint=https://{id}.execute-api.{region}.{suffix}"),
    row("AWS::ApiGatewayV2::Stage", "{StageName}", "", "StageName ApiId", ""),
    // Messages
    row("AWS::SNS::Topic", "arn:{partition}:sns:{at}:{name}", "TopicName", "FifoTopic", "TopicArn={id} TopicName={name}"),
    row("AWS::SNS::Subscription", "arn:{partition}:sns:{at}:topic:{uuid}", "", "TopicArn Protocol Endpoint", "Arn={id}"),
    row("AWS::SNS::TopicPolicy", "{name}", "", "", "Id={id}"),
    row("AWS::SQS::Queue", "https://sqs.{region}.{suffix}/{account}/{name}", "QueueName", "FifoQueue", "Arn=arn:{partition}:sqs:{at}:{name} QueueName={name} QueueUrl={id}"),
    row("AWS::SQS::QueuePolicy", "{name}", "", "", "Id={id}"),
    row("AWS::Events::Rule", "{name}", "Name", "EventBusName", "Arn=arn:{partition}:events:{at}:rule/{id}"),
    row("AWS::Events::EventBus", "{name}", "Name", "", "Arn=arn:{partition}:events:{at}:event-bus/{id} Name={id}"),
    row("AWS::Scheduler::Schedule", "{name}", "Name", "GroupName", "Arn=arn:{partition}:scheduler:{at}:schedule/default/{id}"),
    row("AWS::Kinesis::Stream", "{name}", "Name", "", "Arn=arn:{partition}:kinesis:{at}:stream/{id}"),
    // Observation
    row("AWS::CloudWatch::Alarm", "{name}", "AlarmName", "", "Arn=arn:{partition}:cloudwatch:{at}:alarm:{id}"),
    row("AWS::CloudWatch::Dashboard", "{name}", "DashboardName", "", ""),
    row("AWS::Logs::LogGroup", "{name}", "LogGroupName", "", "Arn=arn:{partition}:logs:{at}:log-group:{id}:*"),
    row("AWS::Logs::MetricFilter", "{name}", "FilterName", "LogGroupName", ""),
    row("AWS::Budgets::Budget", "{name}", "", "", "Id={id}"),
    row("AWS::CloudFormation::WaitConditionHandle", "https://cloudformation-waitcondition-{region}.s3.{suffix}/{uuid}", "", "", ""),
];
